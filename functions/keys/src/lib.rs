//! Publishes the keys that access tokens are verified with.

use std::sync::Arc;

use shared::error::Error;
use shared::http::{Function, Reply, public};
use shared::keys::Keys;

/// For how long a verifier may keep the answer, in seconds.
const KEPT_FOR_S: u32 = 300;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// Shows the public keys, the present one first.
///
/// # Replies
///
/// - 200, a JSON Web Key Set
async fn handle(keys: Arc<Keys>, (): ()) -> Result<Reply, Error> {
    keys.refresh().await;
    Ok(Reply::ok(&keys.jwk_set())?.cached_for(KEPT_FOR_S))
}
