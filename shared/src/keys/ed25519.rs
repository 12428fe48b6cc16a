//! A backend for `jsonwebtoken` with Ed25519 only. Its own backend also links RSA, P-256 and P-384:
//! half a megabyte that we do not use.

use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // The key set is written by `jwk_set`.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this process sign and verify tokens with Ed25519 only.
pub(super) fn install() {
    // Fails when the backend is installed already: functions in one process share it.
    let _ = PROVIDER.install_default();
}

struct Ed25519Signer(SigningKey);

struct Ed25519Verifier(VerifyingKey);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is jsonwebtoken's")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let key = SigningKey::from_pkcs8_der(key.as_bytes()).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Signer(key)))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is jsonwebtoken's")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let bytes = key.try_get_as_bytes()?;
    let key = bytes.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Verifier(key)))
}

impl Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.0.sign(message).to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

impl Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let signature = Signature::from_slice(signature).map_err(Error::from_source)?;
        self.0.verify_strict(message, &signature).map_err(Error::from_source)
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::pkcs8::EncodePrivateKey;
    use jsonwebtoken::crypto::{sign, verify};

    use super::*;

    fn keys(seed: u8) -> (EncodingKey, DecodingKey) {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let private = key.to_pkcs8_der().unwrap();
        let public = key.verifying_key();
        (EncodingKey::from_ed_der(private.as_bytes()), DecodingKey::from_ed_der(public.as_bytes()))
    }

    #[test]
    fn a_signature_is_verified_by_its_own_public_key_only() {
        install();
        let (signing, verifying) = keys(1);
        let signature = sign(b"message", &signing, Algorithm::EdDSA).unwrap();
        assert!(verify(&signature, b"message", &verifying, Algorithm::EdDSA).unwrap());
        assert!(!verify(&signature, b"massage", &verifying, Algorithm::EdDSA).unwrap());
        assert!(!verify(&signature, b"message", &keys(2).1, Algorithm::EdDSA).unwrap());
        assert!(!verify("AAAA", b"message", &verifying, Algorithm::EdDSA).unwrap());
    }

    #[test]
    fn no_other_algorithm_signs_or_verifies() {
        install();
        let (signing, verifying) = keys(1);
        for algorithm in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256] {
            assert!(sign(b"message", &signing, algorithm).is_err());
            assert!(verify("AAAA", b"message", &verifying, algorithm).is_err());
        }
    }
}
