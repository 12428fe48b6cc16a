//! A value that is read again before it is too old.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::environment::OpenError;
use crate::error;

/// How long a use waits for a new read before it goes on with the copy.
const PATIENCE: Duration = Duration::from_secs(2);
/// The shortest time between a failed read and the next try. It is longer than [`PATIENCE`], so
/// that uses that waited for a failed read go on with the copy.
const RETRY_EVERY: SignedDuration = SignedDuration::from_secs(5);
/// The shortest time between two reads for something that the value lacks.
const SEEK_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A copy of a value. A use that needs a younger copy reads the value again. Uses that come during
/// a read wait for it.
#[derive(Debug)]
pub(super) struct Reread<T> {
    clock: Clock,
    copy: Mutex<Copy<T>>,
    /// Locked while the value is being read.
    attempts: tokio::sync::Mutex<Attempts>,
}

#[derive(Debug)]
struct Copy<T> {
    value: Arc<T>,
    /// When the read of this copy started; `None` if its age is unknown.
    read_at: Option<Timestamp>,
    /// The latest time that the clock showed since.
    seen_at: Timestamp,
}

#[derive(Debug, Default)]
struct Attempts {
    /// When the last read started, if it failed.
    failed_at: Option<Timestamp>,
    /// When the last read for something that the value lacked started.
    sought_at: Option<Timestamp>,
}

impl<T> Reread<T> {
    /// Reads the value for the first time.
    pub async fn read(
        clock: Clock,
        reading: impl Future<Output = Result<T, OpenError>>,
    ) -> Result<Self, OpenError> {
        let started = clock.precise_now();
        let value = Arc::new(reading.await?);
        let copy = Copy { value, read_at: Some(started), seen_at: started };
        Ok(Self { clock, copy: Mutex::new(copy), attempts: tokio::sync::Mutex::default() })
    }

    /// A copy younger than `max_age`, or the old copy if the value cannot be read.
    pub async fn get<F>(&self, max_age: SignedDuration, reading: F) -> Arc<T>
    where
        F: Future<Output = Result<T, OpenError>>,
    {
        if let Some(value) = self.younger_than(max_age) {
            return value;
        }
        let mut attempts = self.attempts.lock().await;
        // Another use may have read the value while this one waited.
        if let Some(value) = self.younger_than(max_age) {
            return value;
        }
        self.read_again(&mut attempts, reading).await;
        self.copy().value.clone()
    }

    /// A newer copy than `known`, which lacks something. `None` if there is none and the last read
    /// for something missing was less than a minute ago, or if reading fails.
    pub async fn other_than<F>(&self, known: &Arc<T>, reading: F) -> Option<Arc<T>>
    where
        F: Future<Output = Result<T, OpenError>>,
    {
        let mut attempts = self.attempts.lock().await;
        let value = self.copy().value.clone();
        if !Arc::ptr_eq(&value, known) {
            return Some(value);
        }
        let now = self.clock.precise_now();
        if is_within(SEEK_EVERY, attempts.sought_at, now) {
            return None;
        }
        if !self.read_again(&mut attempts, reading).await {
            return None;
        }
        attempts.sought_at = Some(now);
        Some(self.copy().value.clone())
    }

    /// The copy, if its read started less than `max_age` ago.
    pub fn younger_than(&self, max_age: SignedDuration) -> Option<Arc<T>> {
        let mut copy = self.copy();
        let now = self.clock.precise_now();
        if now < copy.seen_at {
            // The clock was moved back, so the age of the copy is unknown.
            copy.read_at = None;
        }
        copy.seen_at = now;
        is_within(max_age, copy.read_at, now).then(|| copy.value.clone())
    }

    /// Reads the value, unless a read failed in the last 5 seconds. Returns whether it was read.
    async fn read_again<F>(&self, attempts: &mut Attempts, reading: F) -> bool
    where
        F: Future<Output = Result<T, OpenError>>,
    {
        // A failure counts from the start of its read. Lambda freezes the process between
        // invocations: a read that began before that and fails after it must not delay the next
        // try.
        let started = self.clock.precise_now();
        if is_within(RETRY_EVERY, attempts.failed_at, started) {
            return false;
        }
        let read = tokio::time::timeout(PATIENCE, reading).await;
        match read.unwrap_or_else(|elapsed| Err(elapsed.into())) {
            Ok(value) => {
                let mut copy = self.copy();
                copy.value = Arc::new(value);
                copy.read_at = Some(started);
                copy.seen_at = copy.seen_at.max(started);
                attempts.failed_at = None;
                true
            }
            Err(error) => {
                let error = error::chain(error.as_ref());
                tracing::warn!(error, "the secret cannot be read again");
                attempts.failed_at = Some(started);
                false
            }
        }
    }

    fn copy(&self) -> MutexGuard<'_, Copy<T>> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `start` is less than `span` before `now`. A start in the future is not: the clock was
/// moved back.
fn is_within(span: SignedDuration, start: Option<Timestamp>, now: Timestamp) -> bool {
    start.is_some_and(|start| {
        let age = now.duration_since(start);
        !age.is_negative() && age < span
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);

    /// A value that counts how often it was read, and a clock that a test moves.
    struct Counted {
        fresh: Reread<usize>,
        clock: Clock,
        reads: AtomicUsize,
    }

    impl Counted {
        async fn read() -> Self {
            let clock = Clock::default();
            let fresh = Reread::read(clock.clone(), async { Ok(0) }).await.unwrap();
            Self { fresh, clock, reads: AtomicUsize::new(0) }
        }

        fn advance_s(&self, seconds: i64) {
            self.clock.run_ahead(self.clock.ahead() + SignedDuration::from_secs(seconds));
        }

        fn reads(&self) -> usize {
            self.reads.load(Ordering::Relaxed)
        }

        /// Reads the value with a delay. Returns the number of this read.
        async fn next(&self) -> Result<usize, OpenError> {
            let number = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok(number)
        }

        async fn fail(&self) -> Result<usize, OpenError> {
            self.next().await?;
            Err("down".into())
        }

        async fn get(&self) -> usize {
            *self.fresh.get(MAX_AGE, self.next()).await
        }

        async fn get_in_vain(&self) -> usize {
            *self.fresh.get(MAX_AGE, self.fail()).await
        }
    }

    #[tokio::test]
    async fn a_young_copy_is_not_read_again() {
        let value = Counted::read().await;

        value.advance_s(5 * 60 - 1);

        assert_eq!(value.get().await, 0);
        assert_eq!(value.reads(), 0);
    }

    #[tokio::test]
    async fn an_old_copy_is_read_again_once_for_all_uses_that_wait() {
        let value = Counted::read().await;
        value.advance_s(5 * 60);

        let got = join_all((0..64).map(|_| value.get())).await;

        assert_eq!(got, [1; 64]);
        assert_eq!(value.reads(), 1);
    }

    #[tokio::test]
    async fn the_age_of_a_copy_counts_from_the_start_of_its_reading() {
        let value = Counted::read().await;
        value.advance_s(5 * 60);
        let reading = async {
            let number = value.next().await;
            value.advance_s(4 * 60);
            number
        };
        value.fresh.get(MAX_AGE, reading).await;

        value.advance_s(60);

        assert_eq!(value.get().await, 2);
    }

    #[tokio::test]
    async fn the_copy_serves_while_reading_fails_and_reading_is_tried_every_5_seconds() {
        let value = Counted::read().await;
        value.advance_s(5 * 60);

        let got = join_all((0..64).map(|_| value.get_in_vain())).await;
        assert_eq!(got, [0; 64]);
        assert_eq!(value.reads(), 1);

        value.advance_s(4);
        assert_eq!(value.get().await, 0);
        value.advance_s(1);
        assert_eq!(value.get_in_vain().await, 0);
        assert_eq!(value.reads(), 2);
        value.advance_s(5);
        assert_eq!(value.get().await, 3);
    }

    #[tokio::test]
    async fn a_read_that_does_not_end_is_given_up() {
        let value = Counted::read().await;
        value.advance_s(5 * 60);

        let got = value.fresh.get(MAX_AGE, std::future::pending()).await;

        assert_eq!(*got, 0);
    }

    #[tokio::test]
    async fn a_failed_read_that_began_long_ago_does_not_delay_the_next() {
        let value = Counted::read().await;
        value.advance_s(5 * 60);
        // As if the process was frozen in between.
        let frozen = async {
            value.advance_s(10 * 60);
            value.fail().await
        };
        value.fresh.get(MAX_AGE, frozen).await;

        assert_eq!(value.get().await, 2);
    }

    #[tokio::test]
    async fn an_abandoned_read_is_made_by_the_next_use() {
        let value = Counted::read().await;
        value.advance_s(5 * 60);

        let abandoned = tokio::time::timeout(Duration::from_millis(1), value.get()).await;

        assert!(abandoned.is_err());
        assert_eq!(value.get().await, 2);
    }

    #[tokio::test]
    async fn a_copy_read_before_the_clock_was_moved_back_is_read_again() {
        let value = Counted::read().await;
        value.advance_s(4 * 60);
        assert_eq!(value.get().await, 0);

        value.advance_s(-3 * 60);
        assert_eq!(value.get().await, 1);
        value.advance_s(-24 * 60 * 60);
        assert_eq!(value.get().await, 2);
        assert_eq!(value.get().await, 2);
    }

    #[tokio::test]
    async fn a_failure_before_the_clock_was_moved_back_does_not_delay_the_next_read() {
        let value = Counted::read().await;
        value.advance_s(5 * 60);
        value.get_in_vain().await;

        value.advance_s(-60);

        assert_eq!(value.get().await, 2);
    }

    #[tokio::test]
    async fn something_missing_is_looked_for_once_a_minute_for_all_uses() {
        let value = Counted::read().await;
        let known = value.fresh.get(MAX_AGE, value.next()).await;
        let seek = |known| {
            let value = &value;
            async move { value.fresh.other_than(known, value.next()).await.map(|other| *other) }
        };

        let found = join_all((0..64).map(|_| seek(&known))).await;
        assert_eq!(found, [Some(1); 64]);
        let known = value.fresh.get(MAX_AGE, value.next()).await;
        value.advance_s(59);
        assert_eq!(seek(&known).await, None);
        value.advance_s(1);
        assert_eq!(seek(&known).await, Some(2));
        assert_eq!(value.reads(), 2);
    }

    #[tokio::test]
    async fn something_missing_is_looked_for_again_5_seconds_after_a_failure() {
        let value = Counted::read().await;
        let known = value.fresh.get(MAX_AGE, value.next()).await;

        assert!(value.fresh.other_than(&known, value.fail()).await.is_none());
        value.advance_s(4);
        assert!(value.fresh.other_than(&known, value.next()).await.is_none());
        value.advance_s(1);

        assert!(value.fresh.other_than(&known, value.next()).await.is_some());
    }
}
