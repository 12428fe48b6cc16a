//! Hashing: Argon2id (RFC 9106), off the async threads, in a buffer that is kept.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::config::Argon2Config;
use crate::domain::Password;
use crate::error::Error;
use crate::random;

/// The length of a salt, in bytes (RFC 9106, 3.1).
const SALT_LENGTH: usize = 16;

/// A hashed password, as a PHC string. One that is empty matches no password.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Of no password at all: what an account has until one is chosen anew.
    #[must_use]
    pub fn unusable() -> Self {
        Self(String::new())
    }
}

/// What verifying a password finds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It is another one.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, hashed with weaker parameters than today's.
    RightButWeak,
}

/// Hashes passwords and verifies them.
#[derive(Clone, Debug)]
pub struct Hasher {
    params: Params,
    /// Kept from one hash to the next: page faults are a third to a half of a fresh one.
    buffers: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl Hasher {
    /// A hasher with its first buffer, touched.
    ///
    /// # Errors
    ///
    /// When Argon2 does not allow the parameters.
    pub fn new(config: Argon2Config) -> Result<Self, argon2::Error> {
        let params = Params::new(config.memory_kib, config.iterations, config.parallelism, None)?;
        let buffers = Arc::new(Mutex::new(vec![vec![Block::new(); params.block_count()]]));
        Ok(Self { params, buffers })
    }

    /// Hashes `password` with a new salt.
    ///
    /// # Errors
    ///
    /// `unavailable`, when hashing fails.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Error> {
        let salt: [u8; SALT_LENGTH] = random::bytes();
        let output = self.derive(password, &salt, self.params.clone()).await?;
        let phc = Phc {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(unavailable)?,
            salt: Some(Salt::new(&salt).map_err(unavailable)?),
            hash: Some(Output::new(&output).map_err(unavailable)?),
        };
        Ok(PasswordHash(phc.to_string()))
    }

    /// Whether `password` is the one hashed in `stored`. Where nothing is stored it takes as long
    /// and finds it wrong.
    ///
    /// # Errors
    ///
    /// `unavailable`, when hashing fails.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict, Error> {
        let stored = stored.and_then(|stored| Phc::new(&stored.0).ok());
        let stored = stored
            .as_ref()
            .and_then(|phc| Some((Params::try_from(phc).ok()?, phc.salt?, phc.hash?)));
        let Some((params, salt, expected)) = stored else {
            self.derive(password, &[0; SALT_LENGTH], self.params.clone()).await?;
            return Ok(Verdict::Wrong);
        };
        let output = self.derive(password, &salt, params.clone()).await?;
        if !bool::from(output.ct_eq(expected.as_bytes())) {
            return Ok(Verdict::Wrong);
        }
        let weak = params.m_cost() < self.params.m_cost() || params.t_cost() < self.params.t_cost();
        Ok(if weak { Verdict::RightButWeak } else { Verdict::Right })
    }

    async fn derive(
        &self,
        password: &Password,
        salt: &[u8],
        params: Params,
    ) -> Result<[u8; Params::DEFAULT_OUTPUT_LEN], Error> {
        let (password, salt) = (password.clone(), salt.to_vec());
        let buffers = self.buffers.clone();
        let hashing = tokio::task::spawn_blocking(move || {
            let kept = buffers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut blocks = kept.unwrap_or_default();
            if blocks.len() < params.block_count() {
                blocks.resize(params.block_count(), Block::new());
            }
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
            let text = password.expose().as_bytes();
            let done = argon2.hash_password_into_with_memory(text, &salt, &mut output, &mut blocks);
            buffers.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
            done.map(|()| output)
        });
        hashing.await.map_err(unavailable)?.map_err(unavailable)
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(memory_kib: u32) -> Hasher {
        Hasher::new(Argon2Config { memory_kib, iterations: 1, parallelism: 1 }).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::try_from(text.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn only_the_password_that_was_hashed_verifies() {
        let hasher = hasher(64);
        let hash = hasher.hash(&password("quatre chevaux 4")).await.unwrap();

        let right = hasher.verify(&password("quatre chevaux 4"), Some(&hash)).await.unwrap();
        let wrong = hasher.verify(&password("quatre chevaux 5"), Some(&hash)).await.unwrap();
        let unknown = hasher.verify(&password("quatre chevaux 4"), None).await.unwrap();
        let unusable = PasswordHash::unusable();
        let none = hasher.verify(&password("quatre chevaux 4"), Some(&unusable)).await.unwrap();

        assert_eq!(right, Verdict::Right);
        assert_eq!([wrong, unknown, none], [Verdict::Wrong; 3]);
    }

    #[tokio::test]
    async fn a_hash_of_weaker_parameters_is_told() {
        let hash = hasher(64).hash(&password("quatre chevaux 4")).await.unwrap();

        let verdict = hasher(128).verify(&password("quatre chevaux 4"), Some(&hash)).await.unwrap();

        assert_eq!(verdict, Verdict::RightButWeak);
    }

    #[tokio::test]
    async fn composed_and_decomposed_spellings_are_one_password() {
        let hasher = hasher(64);
        let hash = hasher.hash(&password("été 2026 \u{fb01}n")).await.unwrap();

        let verdict = hasher.verify(&password("e\u{301}te\u{301} 2026 fin"), Some(&hash)).await;

        assert_eq!(verdict.unwrap(), Verdict::Right);
    }
}
