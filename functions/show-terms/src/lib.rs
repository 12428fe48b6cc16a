//! Says which terms one accepts today.

use std::sync::Arc;

use serde::Serialize;
use shared::config::Config;
use shared::error::Error;
use shared::http::{Function, Reply, public};

/// The page that shows the terms.
const PAGE: &str = "/conditions";

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

#[derive(Serialize)]
struct Terms<'a> {
    version: &'a str,
    url: &'static str,
}

/// Shows the version one accepts today and where it can be read.
///
/// # Replies
///
/// - 200, the version and the address of the page
async fn handle(config: Arc<Config>, (): ()) -> Result<Reply, Error> {
    Reply::ok(&Terms { version: &config.terms_version, url: PAGE })
}
