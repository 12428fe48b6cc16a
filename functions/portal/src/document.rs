//! Serves the OpenAPI document that is checked in.

use std::sync::LazyLock;

use shared::error::Error;

use crate::render::Rendered;

/// The path of the document.
pub(crate) const PATH: &str = "/api/openapi.json";
/// The media type that the OpenAPI Initiative has registered.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json; version=3.1";

/// The document, compressed at the first request.
static RENDERED: LazyLock<std::io::Result<Rendered>> =
    LazyLock::new(|| Rendered::of(include_str!("../../../docs/openapi.json").to_owned()));

/// The document, ready to be sent.
pub(crate) fn rendered() -> Result<&'static Rendered, Error> {
    RENDERED.as_ref().map_err(|error| Error::Unavailable(error.into()))
}
