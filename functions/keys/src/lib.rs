//! Publishes the keys that access tokens are verified with.

use shared::error::Error;
use shared::http::{Function, Reply, public};
use shared::keys::Keys;

/// For how long a verifier may keep the answer, in seconds. The keys in it are at most a minute
/// old, so those of a verifier are at most 6 minutes old.
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
async fn handle(keys: Keys, (): ()) -> Result<Reply, Error> {
    Ok(Reply::ok(&keys.jwk_set().await)?.cached_for(KEPT_FOR_S))
}
