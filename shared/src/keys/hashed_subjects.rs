//! What addresses, leases and sources are filed and logged under.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::Keys;
use super::ring::{first_half, mac};
use crate::error::Error;

/// Tells this use of the salt from any other.
const LABEL: &[u8] = b"subjects";

/// Names subjects (an address, a lease, a source, a device) in the keys of throttles, bounces and
/// stops.
///
/// The names are not derived from the secret: a rotation must neither restart a count nor forget
/// that an address is stopped. They are keyed by the stack's id, which is not a secret. So a name
/// by itself tells nobody's address, and the names of two deployments differ. Whoever knows the
/// salt can check whether a name is that of an address they guess.
#[derive(Clone)]
pub struct Subjects {
    hmac: Hmac<Sha256>,
}

impl Subjects {
    /// The names of the deployment whose [`subjects_salt`](crate::config::Config::subjects_salt) is
    /// `salt`.
    #[must_use]
    pub fn new(salt: &str) -> Self {
        let mut key = [0; 64];
        let digest = Sha256::new().chain_update(LABEL).chain_update(salt).finalize();
        // HMAC pads a short key with zeros itself.
        for (byte, of_digest) in key.iter_mut().zip(digest) {
            *byte = of_digest;
        }
        Self { hmac: Hmac::new(&key.into()) }
    }

    /// The name of `subject`: the first 16 bytes of its HMAC-SHA256, in base64url.
    #[must_use]
    pub fn hash(&self, subject: &str) -> String {
        let mac = self.hmac.clone().chain_update(subject).finalize().into_bytes().into();
        BASE64_URL_SAFE_NO_PAD.encode(first_half(&mac))
    }
}

impl fmt::Debug for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subjects(…)")
    }
}

impl Keys {
    /// `source` (where a call comes from) as it stands in the log. It changes with a rotation, so
    /// lines are only compared within the life of one version of the secret.
    ///
    /// # Errors
    ///
    /// `unavailable`, without keys.
    pub async fn hash_source(&self, source: &str) -> Result<String, Error> {
        let mac = self.with_present_ring(|ring| mac(&ring.sources, &[source.as_bytes()])).await?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(first_half(&mac)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::keys_of;

    #[test]
    fn a_subject_has_one_name_for_good() {
        let name = Subjects::new("espace-locataire").hash("camille@exemple.example");

        // Computed elsewhere. Another one forgets every count and every stop in use.
        assert_eq!(name, "bCT5e30I4AwX_benV-rRZA");
    }

    #[test]
    fn names_differ_between_subjects_and_between_deployments() {
        let subjects = Subjects::new("one");

        assert_ne!(subjects.hash("a"), subjects.hash("b"));
        assert_ne!(subjects.hash("a"), Subjects::new("other").hash("a"));
    }

    #[test]
    fn nothing_is_shown_of_the_key() {
        assert_eq!(format!("{:?}", Subjects::new("one")), "Subjects(…)");
    }

    #[tokio::test]
    async fn a_source_has_one_name_as_long_as_the_secret() {
        let (keys, ..) = keys_of("one").await;
        let (others, ..) = keys_of("other").await;

        let name = keys.hash_source("192.0.2.1").await.unwrap();

        assert_eq!(keys.hash_source("192.0.2.1").await.unwrap(), name);
        assert_ne!(keys.hash_source("192.0.2.2").await.unwrap(), name);
        assert_ne!(others.hash_source("192.0.2.1").await.unwrap(), name);
    }
}
