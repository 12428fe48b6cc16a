//! The hashes under which addresses, leases and sources are stored and logged.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::{digest, hmac};

use super::Keys;
use super::ring::{first_half, mac};

/// Separates this use of the salt from others.
const LABEL: &[u8] = b"subjects";

/// Hashes subjects (an address, a lease, a source, a device) for the keys of throttles, bounces and
/// stops.
///
/// The hashes are not keyed by the secret: a rotation must neither restart a count nor forget that
/// an address is stopped. They are keyed by the stack's id, which is not secret. So a hash alone
/// does not reveal an address, and two deployments have different hashes. Somebody who knows the
/// salt can test a guessed address.
#[derive(Clone)]
pub struct Subjects {
    key: hmac::Key,
}

impl Subjects {
    /// The hashes of the deployment with this
    /// [`subjects_salt`](crate::config::Config::subjects_salt).
    #[must_use]
    pub fn new(salt: &str) -> Self {
        let mut digest = digest::Context::new(&digest::SHA256);
        digest.update(LABEL);
        digest.update(salt.as_bytes());
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, digest.finish().as_ref()) }
    }

    /// The hash of `subject`: the first 16 bytes of its HMAC-SHA256, in base64url.
    #[must_use]
    pub fn hash(&self, subject: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(first_half(hmac::sign(&self.key, subject.as_bytes())))
    }
}

impl fmt::Debug for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subjects(…)")
    }
}

impl Keys {
    /// The hash of `source` for the log. It changes with a rotation, so lines can only be compared
    /// within the life of one version of the secret.
    pub async fn hash_source(&self, source: &str) -> String {
        let mac = self.with_present_ring(|ring| mac(&ring.sources, &[source.as_bytes()])).await;
        BASE64_URL_SAFE_NO_PAD.encode(first_half(mac))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::keys_of;

    #[test]
    fn a_subject_always_has_the_same_hash() {
        let name = Subjects::new("espace-locataire").hash("camille@exemple.example");

        // Computed independently. A change of this value would lose every count and stop in use.
        assert_eq!(name, "bCT5e30I4AwX_benV-rRZA");
    }

    /// With the lines of `infra/README.md` (bounces) and `docs/AUDIT.md` (households).
    #[test]
    fn an_operator_computes_the_same_hash() {
        let stack = "arn:aws:cloudformation:eu-west-3:123456789012:stack/espace-locataire-dev/1";

        assert_eq!(Subjects::new(stack).hash("12345678"), "_SOeuXHsnt9_UxHkR1VVBw");
    }

    #[test]
    fn hashes_differ_between_subjects_and_between_deployments() {
        let subjects = Subjects::new("one");

        assert_ne!(subjects.hash("a"), subjects.hash("b"));
        assert_ne!(subjects.hash("a"), Subjects::new("other").hash("a"));
    }

    #[test]
    fn the_key_is_not_in_the_debug_output() {
        assert_eq!(format!("{:?}", Subjects::new("one")), "Subjects(…)");
    }

    #[tokio::test]
    async fn a_source_has_one_hash_per_version_of_the_secret() {
        let (keys, ..) = keys_of("one").await;
        let (others, ..) = keys_of("other").await;

        let name = keys.hash_source("192.0.2.1").await;

        assert_eq!(keys.hash_source("192.0.2.1").await, name);
        assert_ne!(keys.hash_source("192.0.2.2").await, name);
        assert_ne!(others.hash_source("192.0.2.1").await, name);
    }
}
