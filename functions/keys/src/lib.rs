//! Publishes the public keys of access tokens.

use shared::error::Error;
use shared::http::operation::{
    Body, Group, Operation, Route, Schema, Success, list, object, one_of, required, text,
};
use shared::http::{Function, Reply, public};
use shared::keys::Keys;

/// How long a verifier may keep the answer, in seconds. The keys in the answer are at most 1 minute
/// old, so a verifier's are at most 6 minutes old.
const KEPT_FOR_S: u32 = 300;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The present key first. The previous key stays valid for the tokens that it signed.",
    group: Group::Published,
    route: Route::get("/.well-known/jwks.json"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok("A JSON Web Key Set", KEYS)
        .with_headers(&[("cache-control", "It may be kept for 5 minutes")])],
    problems: &[],
};

const KEYS: Schema =
    object("A JSON Web Key Set", &[required("keys", list("The present one first", &KEY))]);

const KEY: Schema = object(
    "A public key (RFC 8037)",
    &[
        required("kty", one_of("The type of the key", &["OKP"])),
        required("crv", one_of("The curve", &["Ed25519"])),
        required("alg", one_of("The algorithm", &["EdDSA"])),
        required("use", one_of("What it is for", &["sig"])),
        required(
            "kid",
            text(
                "Its id, as in the header of tokens",
                "5cqlg_7t-Y5YDgSOnINPZDYZbra9QypwtTa6i85i2Iw",
            ),
        ),
        required("x", text("The key", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")),
    ],
)
.named("Key");

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// Shows the public keys, the present one first.
async fn handle(keys: Keys, (): ()) -> Result<Reply, Error> {
    Ok(Reply::ok(&keys.jwk_set().await)?.cached_for(KEPT_FOR_S))
}
