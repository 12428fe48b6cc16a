//! The only reader of the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The clock of a process. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// How far this clock runs ahead of the system's, in milliseconds. Zero on AWS. The local stack
    /// moves it.
    ahead_ms: Arc<AtomicI64>,
    /// Whether the clock stands still, as in the model.
    stands: bool,
}

impl Clock {
    /// The present instant, to the second. Instants are stored in seconds, so a stored one reads
    /// back equal.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.precise_now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// A clock that stands still: it shows 1970-01-01 plus the time set by
    /// [`run_ahead`](Self::run_ahead).
    #[must_use]
    pub fn standing() -> Self {
        Self { stands: true, ..Self::default() }
    }

    /// The present instant, in full precision, for measuring durations and for the order of acts.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the time")]
    pub fn precise_now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_ms.load(Ordering::Relaxed));
        let from = if self.stands { Timestamp::UNIX_EPOCH } else { Timestamp::now() };
        from.saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// Makes this clock and its clones run `ahead` of the system's clock.
    pub fn run_ahead(&self, ahead: SignedDuration) {
        let ms = i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms.store(ms, Ordering::Relaxed);
    }

    /// How far this clock runs ahead of the system's.
    #[must_use]
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_millis(self.ahead_ms.load(Ordering::Relaxed))
    }
}
