//! The keys of one version of the secret.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

use crate::environment::OpenError;

/// The least length of the secret, in characters.
const MIN_SECRET_LENGTH: usize = 32;

/// A key as long as a block of SHA-256, 64 bytes.
pub(super) type HmacKey = [u8; 64];

/// The keys of one version of the secret, one for each use.
pub(super) struct KeyRing {
    /// The RFC 7638 thumbprint of the public key.
    pub id: String,
    /// The public key of access tokens, in base64url.
    pub public: String,
    /// Signs access tokens.
    pub signing: EncodingKey,
    /// Verifies access tokens.
    pub verifying: DecodingKey,
    pub links: HmacKey,
    pub cookies: HmacKey,
    pub sessions: HmacKey,
    pub sources: HmacKey,
}

impl KeyRing {
    /// The keys of `secret`.
    ///
    /// # Errors
    ///
    /// When the secret is shorter than 32 characters.
    pub fn derive(secret: &str) -> Result<Self, OpenError> {
        if secret.len() < MIN_SECRET_LENGTH {
            return Err("the secret is shorter than 32 characters".into());
        }
        let hkdf = Hkdf::<Sha256>::new(None, secret.as_bytes());
        let expand = |label: &str, key: &mut [u8]| {
            hkdf.expand(label.as_bytes(), key).map_err(|error| error.to_string())
        };
        let key = |label| -> Result<HmacKey, OpenError> {
            let mut key = [0; 64];
            expand(label, &mut key)?;
            Ok(key)
        };
        let mut seed = [0; 32];
        expand("access tokens", &mut seed)?;
        let signing = SigningKey::from_bytes(&seed);
        let public = BASE64_URL_SAFE_NO_PAD.encode(signing.verifying_key().as_bytes());
        // RFC 7638: members in lexicographic order, no spaces.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        Ok(Self {
            id: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)),
            signing: EncodingKey::from_ed_der(signing.to_pkcs8_der()?.as_bytes()),
            verifying: DecodingKey::from_ed_components(&public)?,
            public,
            links: key("links")?,
            cookies: key("cookies")?,
            sessions: key("session secrets")?,
            sources: key("sources")?,
        })
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("id", &self.id).finish_non_exhaustive()
    }
}

/// HMAC-SHA256 over `parts`. Each part is preceded by its length, so that two different lists never
/// make the same message.
pub(super) fn mac(key: &HmacKey, parts: &[&[u8]]) -> [u8; 32] {
    let mut hmac = Hmac::<Sha256>::new(key.into());
    for part in parts {
        hmac.update(&part.len().to_be_bytes());
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

/// The first 16 bytes of `mac`.
pub(super) fn first_half(mac: &[u8; 32]) -> [u8; 16] {
    std::array::from_fn(|i| mac.get(i).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_use_has_its_own_key_and_each_secret_its_own_keys() {
        let one = KeyRing::derive(&"a".repeat(64)).unwrap();
        let other = KeyRing::derive(&"b".repeat(64)).unwrap();

        let keys = [one.links, one.cookies, one.sessions, one.sources, other.links];
        for (i, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(i + 1).all(|later| later != key));
        }
        assert_ne!(one.id, other.id);
    }

    #[test]
    fn lists_of_parts_that_join_alike_have_different_macs() {
        let key = [0; 64];
        assert_ne!(mac(&key, &[b"ab", b"c"]), mac(&key, &[b"a", b"bc"]));
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(KeyRing::derive("short").is_err());
    }

    #[test]
    fn the_debug_output_of_a_ring_only_has_its_public_key_id() {
        let ring = KeyRing::derive(&"a".repeat(64)).unwrap();
        assert_eq!(format!("{ring:?}"), format!("KeyRing {{ id: {:?}, .. }}", ring.id));
    }
}
