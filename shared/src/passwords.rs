//! Hashes passwords with Argon2id (RFC 9106), off the async threads, in a reused buffer.
//!
//! Every verification costs as much as the most expensive hash in use. A hash with weaker
//! parameters is verified with its own parameters, then the rest of the cost is burnt with another
//! hash. So the duration of an answer reveals neither whether an address has an account nor how old
//! its hash is.
//!
//! The cost is counted in blocks of 1 KiB. A block takes longer when the memory is larger than the
//! processor's cache (293 ns in 19 MiB, 374 ns in 32 MiB on an AMD EPYC). So durations differ by 2
//! % if only the iterations were changed, and by 15 % between 19 MiB and 32 MiB. Prefer to change
//! the iterations.

use std::hint::black_box;
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

/// A hashed password, as a PHC string. An empty string matches no password.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The hash of an account without a password, until its tenant chooses one.
    #[must_use]
    pub fn unusable() -> Self {
        Self(String::new())
    }

    /// Whether any password can match.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.0.is_empty()
    }
}

/// The result of verifying a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// The password does not match the stored hash.
    Wrong,
    /// The password matches.
    Right,
    /// The password matches a hash with weaker parameters than today's.
    RightButWeak,
}

/// Hashes passwords and verifies them.
#[derive(Clone, Debug)]
pub struct Hasher {
    costs: Costs,
    /// Buffers reused from hash to hash. With a new buffer, page faults take a third to a half of
    /// the time.
    buffers: Arc<Mutex<Vec<Vec<Block>>>>,
}

/// The cost of hashing and verifying.
#[derive(Clone, Debug)]
struct Costs {
    /// The parameters of a new hash.
    today: Params,
    /// The [`work`] of the most expensive hash in use.
    dearest: u64,
}

/// One hash to compute, and another to burn the rest of the cost.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Plan {
    /// The parameters of the hash whose result is used.
    hash: Params,
    /// The parameters of a hash that is computed only for the time it takes.
    burnt: Option<Params>,
}

/// A stored hash: a parsed PHC string.
struct Stored {
    params: Params,
    salt: Salt,
    output: [u8; Params::DEFAULT_OUTPUT_LEN],
}

impl Hasher {
    /// A hasher with one buffer, already written to, for a hash with today's parameters. A stored
    /// hash that needs more memory enlarges the buffer, once.
    ///
    /// # Errors
    ///
    /// When Argon2 does not allow the parameters.
    pub fn new(config: Argon2Config) -> Result<Self, argon2::Error> {
        let today = Params::new(config.memory_kib, config.iterations, config.parallelism, None)?;
        let buffers = Arc::new(Mutex::new(vec![vec![Block::new(); today.block_count()]]));
        let dearest = config.dearest_kib_passes.max(work(&today));
        Ok(Self { costs: Costs { today, dearest }, buffers })
    }

    /// Hashes `password` with a new salt.
    ///
    /// # Errors
    ///
    /// `unavailable`, when hashing fails.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Error> {
        let salt = Salt::new(&random::bytes::<SALT_LENGTH>()).map_err(unavailable)?;
        let today = &self.costs.today;
        let output = self.derive(password, salt, Plan { hash: today.clone(), burnt: None }).await?;
        let phc = Phc {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(today).map_err(unavailable)?,
            salt: Some(salt),
            hash: Some(Output::new(&output).map_err(unavailable)?),
        };
        Ok(PasswordHash(phc.to_string()))
    }

    /// Whether `password` matches `stored`. The cost is that of the most expensive hash in use,
    /// also without a stored hash or with one that matches no password. Only a stored hash more
    /// expensive than `ARGON2_DEAREST_KIB_PASSES` costs more.
    ///
    /// # Errors
    ///
    /// `unavailable`, when hashing fails.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict, Error> {
        let stored = stored.and_then(Stored::parse);
        let plan = self.costs.plan(stored.as_ref().map(|stored| &stored.params));
        let salt = match &stored {
            Some(stored) => stored.salt,
            None => Salt::new(&[0; SALT_LENGTH]).map_err(unavailable)?,
        };
        let output = self.derive(password, salt, plan).await?;
        Ok(match stored {
            Some(stored) if bool::from(output.ct_eq(&stored.output)) => {
                if self.costs.is_weak(&stored.params) {
                    Verdict::RightButWeak
                } else {
                    Verdict::Right
                }
            }
            _ => Verdict::Wrong,
        })
    }

    /// The hash of `password` by `plan.hash`, after all of `plan` is computed.
    async fn derive(
        &self,
        password: &Password,
        salt: Salt,
        plan: Plan,
    ) -> Result<[u8; Params::DEFAULT_OUTPUT_LEN], Error> {
        let password = password.clone();
        let buffers = self.buffers.clone();
        let hashing = tokio::task::spawn_blocking(move || {
            let kept = buffers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut blocks = kept.unwrap_or_default();
            let output = plan.compute(password.expose().as_bytes(), &salt, &mut blocks);
            buffers.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
            output
        });
        hashing.await.map_err(unavailable)?.map_err(unavailable)
    }
}

impl Costs {
    /// The plan for verifying a hash with `stored` parameters, or with today's if nothing is
    /// stored. Its work is within 2 % of the most expensive hash, unless the stored hash itself
    /// costs more.
    fn plan(&self, stored: Option<&Params>) -> Plan {
        let hash = stored.unwrap_or(&self.today);
        let burnt = self.burning(self.dearest.saturating_sub(work(hash)));
        Plan { hash: hash.clone(), burnt }
    }

    /// Parameters whose work is `rest`, to a few blocks, with as much of today's memory and as few
    /// passes as possible, so that a block costs about as much as in a hash of today.
    fn burning(&self, rest: u64) -> Option<Params> {
        let most = floor_to_group(self.today.block_count() as u64);
        let passes = rest.div_ceil(most);
        // The nearest number of blocks that Argon2 does not round down.
        let memory = floor_to_group((rest + 2 * passes).checked_div(passes)?).min(most);
        let (memory, passes) = (u32::try_from(memory).ok()?, u32::try_from(passes).ok()?);
        // Below Argon2's least memory, nothing is burnt.
        Params::new(memory, passes, 1, None).ok()
    }

    /// Whether a hash with `params` should be replaced by one with today's parameters.
    fn is_weak(&self, params: &Params) -> bool {
        params.m_cost() < self.today.m_cost() || params.t_cost() < self.today.t_cost()
    }
}

impl Plan {
    fn compute(
        self,
        password: &[u8],
        salt: &[u8],
        blocks: &mut Vec<Block>,
    ) -> Result<[u8; Params::DEFAULT_OUTPUT_LEN], argon2::Error> {
        let mut compute = |params: Params| {
            if blocks.len() < params.block_count() {
                blocks.resize(params.block_count(), Block::new());
            }
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
            argon2.hash_password_into_with_memory(password, salt, &mut output, &mut *blocks)?;
            Ok::<_, argon2::Error>(output)
        };
        let output = compute(self.hash)?;
        if let Some(burnt) = self.burnt {
            black_box(compute(burnt)?);
        }
        Ok(output)
    }
}

impl Stored {
    fn parse(hash: &PasswordHash) -> Option<Self> {
        let phc = Phc::new(&hash.0).ok()?;
        let output = phc.hash?.as_bytes().try_into().ok()?;
        Some(Self { params: Params::try_from(&phc).ok()?, salt: phc.salt?, output })
    }
}

/// How many blocks of 1 KiB a hash with `params` computes. Parallelism does not matter, because the
/// lanes are computed one after the other.
fn work(params: &Params) -> u64 {
    params.block_count() as u64 * u64::from(params.t_cost())
}

/// `blocks` as Argon2 rounds them for one lane: down to a multiple of its 4 slices.
fn floor_to_group(blocks: u64) -> u64 {
    blocks - blocks % 4
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable(Box::new(error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hasher(memory_kib: u32) -> Hasher {
        hasher_of(memory_kib, 1, 0)
    }

    fn hasher_of(memory_kib: u32, iterations: u32, dearest_kib_passes: u64) -> Hasher {
        let config = Argon2Config { memory_kib, iterations, parallelism: 1, dearest_kib_passes };
        Hasher::new(config).unwrap()
    }

    fn params(memory_kib: u32, iterations: u32) -> Params {
        Params::new(memory_kib, iterations, 1, None).unwrap()
    }

    fn alone(hash: Params) -> Plan {
        Plan { hash, burnt: None }
    }

    fn work_of(plan: &Plan) -> u64 {
        work(&plan.hash) + plan.burnt.as_ref().map_or(0, work)
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
    async fn a_hash_that_the_reference_made_verifies() {
        // The command `argon2` of Debian: the reference in C.
        let made = "$argon2id$v=19$m=19456,t=2,p=1$YSBzYWx0IG9mIDE2IGIucw$\
                    xu0j0Icr0AVy1H9ZLMjQOP9mOt0HSSvyfP7tlz9mzyo";
        let hash = PasswordHash(made.to_owned());
        let hasher = hasher_of(19_456, 2, 0);

        let right = hasher.verify(&password("quatre chevaux 4"), Some(&hash)).await.unwrap();
        let wrong = hasher.verify(&password("quatre chevaux 5"), Some(&hash)).await.unwrap();

        assert_eq!([right, wrong], [Verdict::Right, Verdict::Wrong]);
    }

    #[tokio::test]
    async fn a_hash_of_weaker_parameters_is_recognised() {
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

    #[test]
    fn a_hash_of_today_burns_nothing() {
        let costs = hasher_of(19_456, 2, 0).costs;

        assert_eq!(costs.plan(None), alone(params(19_456, 2)));
        assert_eq!(costs.plan(Some(&params(19_456, 2))), alone(params(19_456, 2)));
    }

    #[test]
    fn a_weaker_hash_and_an_unknown_address_cost_alike_once_the_cost_is_raised() {
        let costs = hasher_of(32_768, 3, 0).costs;

        let old = costs.plan(Some(&params(19_456, 2)));

        assert_eq!(old.hash, params(19_456, 2));
        assert_eq!(work_of(&old), 32_768 * 3);
        assert_eq!(work_of(&costs.plan(None)), 32_768 * 3);
    }

    #[test]
    fn a_hash_of_today_and_an_unknown_address_cost_as_before_once_the_cost_is_lowered() {
        let costs = hasher_of(19_456, 2, 65_536 * 3).costs;

        let dearest = costs.plan(Some(&params(65_536, 3)));
        let today = costs.plan(Some(&params(19_456, 2)));

        assert_eq!(dearest, alone(params(65_536, 3)));
        assert_eq!(today, costs.plan(None));
        assert!(work_of(&today).abs_diff(65_536 * 3) <= 65_536 * 3 / 50);
    }

    #[test]
    fn a_hash_dearer_than_the_configuration_burns_nothing() {
        let costs = hasher_of(19_456, 2, 0).costs;

        assert_eq!(costs.plan(Some(&params(65_536, 3))), alone(params(65_536, 3)));
    }

    #[test]
    fn the_work_counts_blocks_whatever_the_lanes() {
        let costs = hasher_of(19_456, 2, 0).costs;
        let lanes = Params::new(19_456, 1, 4, None).unwrap();

        let burnt = Some(params(19_456, 1));
        assert_eq!(costs.plan(Some(&lanes)), Plan { hash: lanes, burnt });
    }

    proptest! {
        #[test]
        fn every_verification_costs_the_dearest_in_todays_memory(
            (memory, passes) in (256..100_000_u32, 1..8_u32),
            (stored_memory, stored_passes) in (8..100_000_u32, 1..8_u32),
            configured in 0..1_000_000_u64,
        ) {
            let today = params(memory, passes);
            let costs = Costs { dearest: configured.max(work(&today)), today };
            let stored = params(stored_memory, stored_passes);

            let plan = costs.plan(Some(&stored));

            prop_assert_eq!(&plan.hash, &stored);
            prop_assert!(plan.burnt.iter().all(|burnt| burnt.m_cost() <= memory));
            let due = costs.dearest.max(work(&stored));
            prop_assert!(work_of(&plan).abs_diff(due) <= due / 50, "{plan:?} for {due}");
        }
    }

    #[tokio::test]
    async fn burning_changes_no_verdict() {
        let hash = hasher(64).hash(&password("quatre chevaux 4")).await.unwrap();
        let dearer = hasher_of(64, 1, 1_000);

        let right = dearer.verify(&password("quatre chevaux 4"), Some(&hash)).await.unwrap();
        let wrong = dearer.verify(&password("quatre chevaux 5"), Some(&hash)).await.unwrap();
        let unknown = dearer.verify(&password("quatre chevaux 4"), None).await.unwrap();

        assert_eq!([right, wrong, unknown], [Verdict::Right, Verdict::Wrong, Verdict::Wrong]);
    }

    #[tokio::test]
    async fn a_dearer_hash_still_verifies_and_is_not_weak() {
        let hash = hasher_of(128, 2, 0).hash(&password("quatre chevaux 4")).await.unwrap();

        let verdict = hasher(64).verify(&password("quatre chevaux 4"), Some(&hash)).await.unwrap();

        assert_eq!(verdict, Verdict::Right);
    }

    #[tokio::test]
    async fn one_buffer_serves_every_hash_where_it_was_allocated() {
        let weak = hasher(64).hash(&password("quatre chevaux 4")).await.unwrap();
        let hasher = hasher_of(128, 2, 1_000);
        let buffers = || {
            let buffers = hasher.buffers.lock().unwrap();
            buffers.iter().map(|blocks| (blocks.as_ptr(), blocks.len())).collect::<Vec<_>>()
        };
        let before = buffers();

        for stored in [None, Some(&weak), Some(&PasswordHash::unusable())] {
            hasher.verify(&password("quatre chevaux 4"), stored).await.unwrap();
            hasher.hash(&password("quatre chevaux 4")).await.unwrap();
        }

        assert_eq!(buffers(), before);
    }
}
