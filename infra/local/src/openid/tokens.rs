//! Identity tokens, signed with a key of this process.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use shared::random;

/// Signs identity tokens.
pub(super) struct Signer(Ed25519KeyPair);

const KEY: &str = "local";

impl Default for Signer {
    #[expect(clippy::expect_used, reason = "any 32 bytes are a seed")]
    fn default() -> Self {
        let seed: [u8; 32] = random::bytes();
        Self(Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are a seed"))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// The public key, as a JWK set.
    pub(super) fn published(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.0.public_key());
        let key = json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": KEY, "x": x,
        });
        json!({"keys": [key]})
    }

    /// A token that says `claims`.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": KEY});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
