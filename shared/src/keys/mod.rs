//! The keys, all derived from one secret.
//!
//! The secret is the only key material. HKDF-SHA256 derives a key for each use from it, by label.
//! The previous version of the secret stays accepted, so rotating it signs nobody out.
//!
//! Before every use, signing or verifying, this process's copy of the secret is made less than
//! 5 minutes old. So 5 minutes after the second rotation that follows a leak, no process signs with
//! the leaked key or accepts it. A use that meets an unknown key reads the secret again at once, at
//! most once a minute. When the secret cannot be read, the old copy stays in use.

mod access_tokens;
mod cursors;
mod ed25519;
mod hashed_subjects;
mod known_browsers;
mod link_tokens;
mod registration_seals;
mod reread;
mod ring;
mod session_secrets;
mod source;
mod staff_sign_ins;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;

use self::reread::Reread;
use self::ring::{KeyRing, Rings};
use self::source::{Source, Wanted};
use crate::clock::Clock;
use crate::environment::{Context, Environment, OpenError};
use crate::error::Error;

pub use self::access_tokens::{ACCESS_TOKEN_LIFETIME_S, AccessClaims, JwkSet};
pub use self::hashed_subjects::Subjects;
pub use self::known_browsers::Device;
pub use self::source::ClientSecretSource;
pub use self::staff_sign_ins::StaffSignInSecrets;

/// How old the copy of the secret for signing and verifying may be.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);

/// The keys of the present and the previous version of the secret. Clones share one copy.
#[derive(Clone, Debug)]
pub struct Keys(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    source: Source,
    clock: Clock,
    rings: Reread<Rings>,
    /// Whether the previous version has been asked for, so that each read has it, too.
    needs_previous: AtomicBool,
}

/// For publishing the keys: both versions are read at once. While the secret cannot be read again, the
/// keys of the old copy serve.
impl Context for Keys {
    const CAN_BE_UNAVAILABLE: bool = false;

    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let source = Source::open(environment)?;
        Self::read_from(source, environment.clock.clone(), Wanted::Both).await
    }
}

impl Keys {
    /// Reads the present version of the secret. The previous one is read when something turns up that
    /// the present one has not made: most processes never need it.
    ///
    /// # Errors
    ///
    /// When the secret cannot be read.
    pub async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let source = Source::open(environment)?;
        Self::read_from(source, environment.clock.clone(), Wanted::Present).await
    }

    async fn read_from(source: Source, clock: Clock, wanted: Wanted) -> Result<Self, OpenError> {
        ed25519::install();
        let rings = Reread::read(clock.clone(), source.read(wanted)).await?;
        let needs_previous = AtomicBool::new(wanted == Wanted::Both);
        Ok(Self(Arc::new(Parts { source, clock, rings, needs_previous })))
    }

    /// Starts reading the secret again in the background if the copy is 5 minutes old. Called at
    /// the beginning of an invocation: the read runs concurrently with its first calls, and the
    /// first use of a key waits for it. Must be called within a Tokio runtime.
    pub fn refresh_beside(&self) {
        if self.0.rings.younger_than(MAX_AGE).is_none() {
            let keys = self.clone();
            tokio::spawn(async move { keys.rings(MAX_AGE).await });
        }
    }

    /// The result of `make` with the present ring.
    async fn with_present_ring<T>(&self, make: impl FnOnce(&KeyRing) -> T) -> T {
        make(&self.rings(MAX_AGE).await.present)
    }

    /// The first result of `find` with a known ring, else with a ring of the secret read again.
    ///
    /// # Errors
    ///
    /// `unavailable` if the present ring has no result and the previous version cannot be read.
    async fn with_any_ring<T>(
        &self,
        find: impl Fn(&KeyRing) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let mut rings = self.rings(MAX_AGE).await;
        loop {
            if let Some(found) = rings.iter().find_map(&find) {
                return Ok(Some(found));
            }
            self.0.needs_previous.store(true, Ordering::Relaxed);
            match self.0.rings.other_than(&rings, self.read()).await {
                Some(newer) => rings = newer,
                None if rings.are_complete() => return Ok(None),
                None => {
                    let why = "the previous version of the secret cannot be read";
                    return Err(Error::Unavailable(why.into()));
                }
            }
        }
    }

    /// The rings of a copy younger than `max_age`, or of an older one if the secret cannot be read.
    async fn rings(&self, max_age: SignedDuration) -> Arc<Rings> {
        self.0.rings.get(max_age, self.read()).await
    }

    async fn read(&self) -> Result<Rings, OpenError> {
        let needs_previous = self.0.needs_previous.load(Ordering::Relaxed);
        self.0.source.read(if needs_previous { Wanted::Both } else { Wanted::Present }).await
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::source::Held;
    use super::*;
    use crate::domain::{LinkId, LinkToken, Purpose};

    /// Keys of the secret `first`, the store of that secret, and the clock.
    pub(super) async fn keys_of(first: &str) -> (Keys, Held, Clock) {
        let (held, clock) = (Held::of(first), Clock::default());
        let keys = Keys::read_from(Source::Held(held.clone()), clock.clone(), Wanted::Present)
            .await
            .unwrap();
        (keys, held, clock)
    }

    pub(super) fn advance(clock: &Clock, by: SignedDuration) {
        clock.run_ahead(clock.ahead() + by);
    }

    async fn link(keys: &Keys) -> LinkToken {
        keys.link_token(Purpose::Revert, LinkId::from([1; 16])).await
    }

    async fn opens(keys: &Keys, token: &LinkToken) -> bool {
        keys.open_link(Purpose::Revert, token).await.is_ok()
    }

    #[tokio::test]
    async fn five_minutes_after_the_second_rotation_a_leaked_key_neither_signs_nor_opens() {
        let (keys, held, clock) = keys_of("leaked").await;
        let (thief, ..) = keys_of("leaked").await;

        held.rotate("second");
        held.rotate("third");
        advance(&clock, MAX_AGE);

        assert!(!opens(&keys, &link(&thief).await).await);
        assert!(!opens(&thief, &link(&keys).await).await);
        let published = serde_json::to_string(&keys.jwk_set().await).unwrap();
        let leaked = KeyRing::derive(&"leaked".repeat(32)).unwrap();
        assert!(!published.contains(&leaked.id));
    }

    #[tokio::test]
    async fn a_busy_process_also_reads_the_secret_again() {
        let (keys, held, clock) = keys_of("leaked").await;
        let (thief, ..) = keys_of("leaked").await;
        held.rotate("second");
        held.rotate("third");

        for _ in 0..5 {
            advance(&clock, SignedDuration::from_mins(1));
            opens(&keys, &link(&keys).await).await;
        }

        assert!(!opens(&keys, &link(&thief).await).await);
        assert!(!opens(&thief, &link(&keys).await).await);
    }

    #[tokio::test]
    async fn after_one_rotation_earlier_links_are_still_accepted() {
        let (keys, held, clock) = keys_of("first").await;
        let before = link(&keys).await;

        held.rotate("second");
        advance(&clock, MAX_AGE);

        assert!(opens(&keys, &before).await);
        assert_ne!(link(&keys).await.mac(), before.mac());
    }

    #[tokio::test]
    async fn an_unknown_key_is_looked_for_at_once_and_at_most_once_a_minute() {
        let (keys, held, clock) = keys_of("first").await;
        held.rotate("second");
        let later = Keys::read_from(Source::Held(held.clone()), clock.clone(), Wanted::Present)
            .await
            .unwrap();
        let (others, ..) = keys_of("other").await;
        let forged = link(&others).await;
        let reads = held.reads();

        assert!(opens(&keys, &link(&later).await).await);
        assert_eq!(held.reads(), reads + 1);
        for _ in 0..10 {
            assert!(!opens(&keys, &forged).await);
        }
        assert_eq!(held.reads(), reads + 1);
        advance(&clock, SignedDuration::from_mins(1));
        assert!(!opens(&keys, &forged).await);
        assert_eq!(held.reads(), reads + 2);
    }

    #[tokio::test]
    async fn published_keys_are_at_most_a_minute_old() {
        let (held, clock) = (Held::of("first"), Clock::default());
        let read = Keys::read_from(Source::Held(held.clone()), clock.clone(), Wanted::Both);
        let keys = read.await.unwrap();
        held.rotate("second");

        advance(&clock, SignedDuration::from_mins(1));

        let published = serde_json::to_value(keys.jwk_set().await).unwrap();
        let ids = ["second", "first"].map(|name| KeyRing::derive(&name.repeat(32)).unwrap().id);
        assert_eq!(published["keys"].as_array().unwrap().len(), 2);
        assert_eq!([&published["keys"][0]["kid"], &published["keys"][1]["kid"]], ids.each_ref());
    }

    #[tokio::test]
    async fn an_old_copy_is_read_again_concurrently_with_the_work() {
        let (keys, held, clock) = keys_of("first").await;
        let reads = held.reads();

        keys.refresh_beside();
        tokio::task::yield_now().await;
        assert_eq!(held.reads(), reads);

        advance(&clock, MAX_AGE);
        keys.refresh_beside();
        link(&keys).await;
        tokio::task::yield_now().await;
        assert_eq!(held.reads(), reads + 1);
    }

    #[tokio::test]
    async fn the_previous_version_is_read_when_something_of_it_turns_up() {
        let (before, held, clock) = keys_of("first").await;
        let link = link(&before).await;
        held.rotate("second");
        let read = Keys::read_from(Source::Held(held.clone()), clock.clone(), Wanted::Present);
        let keys = read.await.unwrap();
        assert!(!keys.rings(MAX_AGE).await.are_complete());

        assert!(opens(&keys, &link).await);

        assert!(keys.rings(MAX_AGE).await.are_complete());
        advance(&clock, MAX_AGE);
        assert!(keys.rings(MAX_AGE).await.are_complete());
        assert!(opens(&keys, &link).await);
    }

    #[tokio::test]
    async fn what_may_be_of_a_version_that_cannot_be_read_is_not_called_forged() {
        let (before, held, clock) = keys_of("first").await;
        let link = link(&before).await;
        held.rotate("second");
        let read = Keys::read_from(Source::Held(held.clone()), clock.clone(), Wanted::Present);
        let keys = read.await.unwrap();

        held.fall();
        let answer = keys.open_link(Purpose::Revert, &link).await;
        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");

        held.rise();
        advance(&clock, SignedDuration::from_secs(5));
        assert!(opens(&keys, &link).await);
    }

    #[tokio::test]
    async fn the_old_copy_serves_while_the_secret_cannot_be_read() {
        let (keys, held, clock) = keys_of("first").await;
        let before = link(&keys).await;
        held.fall();
        advance(&clock, SignedDuration::from_hours(1));

        assert_eq!(link(&keys).await.mac(), before.mac());
        assert!(opens(&keys, &before).await);

        held.rise();
        held.rotate("second");
        advance(&clock, SignedDuration::from_secs(5));
        assert_ne!(link(&keys).await.mac(), before.mac());
    }
}
