//! Answers whatever no operation does.

use std::sync::Arc;

use shared::config::Config;
use shared::error::Error;
use shared::lambda::{Function, Reply, public};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// There are no pages yet: whatever no operation answers is not there.
///
/// # Replies
///
/// - 404 `not_found`
async fn handle(_: Arc<Config>, (): ()) -> Result<Reply, Error> {
    Err(Error::NotFound)
}
