//! A backend for `jsonwebtoken` that verifies Ed25519 only. Its own backend also links RSA, P-256 and
//! P-384: half a megabyte that we do not use. Tokens are signed by `KeyRing::token`.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use ring::signature::{ED25519, UnparsedPublicKey};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // The key set is written by `jwk_set`.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this process verify tokens with Ed25519 only.
pub(super) fn install() {
    // Fails when the backend is installed already: functions in one process share it.
    let _ = PROVIDER.install_default();
}

struct Ed25519Verifier(UnparsedPublicKey<Vec<u8>>);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is jsonwebtoken's")]
fn signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is jsonwebtoken's")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let key = key.try_get_as_bytes()?.to_vec();
    Ok(Box::new(Ed25519Verifier(UnparsedPublicKey::new(&ED25519, key))))
}

impl Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.0.verify(message, signature).map_err(Error::from_source)
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use jsonwebtoken::crypto::{sign, verify};
    use ring::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    fn keys(seed: u8) -> (Ed25519KeyPair, DecodingKey) {
        let key = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let public = DecodingKey::from_ed_der(key.public_key().as_ref());
        (key, public)
    }

    #[test]
    fn a_signature_is_verified_by_its_own_public_key_only() {
        install();
        let (signing, verifying) = keys(1);
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signing.sign(b"message"));
        assert!(verify(&signature, b"message", &verifying, Algorithm::EdDSA).unwrap());
        assert!(!verify(&signature, b"massage", &verifying, Algorithm::EdDSA).unwrap());
        assert!(!verify(&signature, b"message", &keys(2).1, Algorithm::EdDSA).unwrap());
        assert!(!verify("AAAA", b"message", &verifying, Algorithm::EdDSA).unwrap());
    }

    #[test]
    fn no_other_algorithm_verifies_and_none_signs() {
        install();
        let (_, verifying) = keys(1);
        for algorithm in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256] {
            assert!(verify("AAAA", b"message", &verifying, algorithm).is_err());
        }
        assert!(sign(b"message", &EncodingKey::from_ed_der(&[]), Algorithm::EdDSA).is_err());
    }
}
