//! The document of the API, as it is checked in.

use std::sync::LazyLock;

use shared::error::Error;

use crate::render::Rendered;

/// Where it is served.
pub(crate) const PATH: &str = "/api/openapi.json";
/// Its type, as the OpenAPI Initiative has it.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json; version=3.1";

/// Compressed when it is first asked for.
static RENDERED: LazyLock<std::io::Result<Rendered>> =
    LazyLock::new(|| Rendered::of(include_str!("../../../docs/openapi.json").to_owned()));

/// It, ready to be sent.
pub(crate) fn rendered() -> Result<&'static Rendered, Error> {
    RENDERED.as_ref().map_err(|error| Error::Unavailable(error.into()))
}
