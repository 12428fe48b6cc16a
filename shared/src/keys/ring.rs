//! The keys of one version of the secret.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use ring::error::Unspecified;
use ring::signature::{Ed25519KeyPair, KeyPair};
use ring::{digest, hkdf, hmac};
use serde::Serialize;

use crate::environment::OpenError;

/// The least length of the secret, in characters.
const MIN_SECRET_LENGTH: usize = 32;

/// The length of the keys of HMAC: a block of SHA-256.
const BLOCK: usize = 64;

/// The keys of one version of the secret, one for each use.
pub(super) struct KeyRing {
    /// The RFC 7638 thumbprint of the public key.
    pub id: String,
    /// The public key of access tokens, in base64url.
    pub public: String,
    /// The header of access tokens, encoded.
    header: String,
    signing: Ed25519KeyPair,
    /// Verifies access tokens.
    pub verifying: DecodingKey,
    pub links: hmac::Key,
    pub cookies: hmac::Key,
    pub sessions: hmac::Key,
    pub sources: hmac::Key,
}

/// The keys of the versions of the secret that were read.
#[derive(Debug)]
pub(super) struct Rings {
    pub present: KeyRing,
    pub previous: Previous<KeyRing>,
}

/// The previous version of the secret, or what is made of it.
#[derive(Debug)]
pub(super) enum Previous<T> {
    /// It was not read.
    Unread,
    /// There is none.
    Absent,
    /// It was read.
    Read(T),
}

impl Rings {
    /// The present ring, then the previous one.
    pub fn iter(&self) -> impl Iterator<Item = &KeyRing> {
        let previous = match &self.previous {
            Previous::Read(ring) => Some(ring),
            Previous::Unread | Previous::Absent => None,
        };
        std::iter::once(&self.present).chain(previous)
    }

    /// Whether there is no other version that could have made something.
    pub fn are_complete(&self) -> bool {
        !matches!(self.previous, Previous::Unread)
    }
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
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(secret.as_bytes());
        let expand = |label: &str, into: &mut [u8]| {
            let (label, length) = ([label.as_bytes()], Length(into.len()));
            extracted.expand(&label, length).and_then(|expanded| expanded.fill(into))
        };
        let key = |label| -> Result<hmac::Key, Unspecified> {
            let mut key = [0; BLOCK];
            expand(label, &mut key)?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &key))
        };
        let mut seed = [0; 32];
        expand("access tokens", &mut seed)?;
        let signing = Ed25519KeyPair::from_seed_unchecked(&seed)?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(signing.public_key());
        // RFC 7638: members in lexicographic order, no spaces.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        let id = digest::digest(&digest::SHA256, canonical.as_bytes());
        let id = BASE64_URL_SAFE_NO_PAD.encode(id);
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(id.clone());
        Ok(Self {
            id,
            header: encoded(&header)?,
            signing,
            verifying: DecodingKey::from_ed_components(&public)?,
            public,
            links: key("links")?,
            cookies: key("cookies")?,
            sessions: key("session secrets")?,
            sources: key("sources")?,
        })
    }

    /// The access token that says `claims`. `jsonwebtoken::encode` derives the key anew for each,
    /// which takes as long as the signature.
    ///
    /// # Errors
    ///
    /// When the claims cannot be written in JSON.
    pub fn token(&self, claims: &impl Serialize) -> Result<String, serde_json::Error> {
        let mut token = format!("{}.{}", self.header, encoded(claims)?);
        let signature = self.signing.sign(token.as_bytes());
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// A part of a token.
fn encoded(part: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(part)?))
}

/// How many bytes a key is expanded to.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("id", &self.id).finish_non_exhaustive()
    }
}

/// HMAC-SHA256 over `parts`. Each part is preceded by its length, so that two different lists never
/// make the same message.
pub(super) fn mac(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = hmac::Context::with_key(key);
    for part in parts {
        mac.update(&part.len().to_be_bytes());
        mac.update(part);
    }
    let mac = mac.sign();
    std::array::from_fn(|i| mac.as_ref().get(i).copied().unwrap_or_default())
}

/// The first 16 bytes of `mac`.
pub(super) fn first_half(mac: impl AsRef<[u8]>) -> [u8; 16] {
    std::array::from_fn(|i| mac.as_ref().get(i).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_use_has_its_own_key_and_each_secret_its_own_keys() {
        let one = KeyRing::derive(&"a".repeat(64)).unwrap();
        let other = KeyRing::derive(&"b".repeat(64)).unwrap();

        let keys = [one.links, one.cookies, one.sessions, one.sources, other.links];
        let keys = keys.map(|key| mac(&key, &[b"one message"]));
        for (i, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(i + 1).all(|later| later != key));
        }
        assert_ne!(one.id, other.id);
    }

    #[test]
    fn lists_of_parts_that_join_alike_have_different_macs() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[0; BLOCK]);
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
