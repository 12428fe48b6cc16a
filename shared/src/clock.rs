//! The only reader of the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Tells what time it is. Clones tell the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// How far ahead of the system's clock this one runs, in milliseconds. Zero on AWS; the
    /// local stack moves it.
    ahead_ms: Arc<AtomicI64>,
    /// Whether it stands still, as the model's does.
    stands: bool,
}

impl Clock {
    /// The present instant, to the second: nothing here needs more, and what is stored reads back
    /// equal.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.precise_now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// One that stands still: it tells by how much it was made to run ahead of the beginning of 1970.
    #[must_use]
    pub fn standing() -> Self {
        Self { stands: true, ..Self::default() }
    }

    /// The present instant, for measuring durations.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the time")]
    pub fn precise_now(&self) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.ahead_ms.load(Ordering::Relaxed));
        let from = if self.stands { Timestamp::UNIX_EPOCH } else { Timestamp::now() };
        from.saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// Makes this clock and its clones run `ahead` of the system's from now on.
    pub fn run_ahead(&self, ahead: SignedDuration) {
        let ms = i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms.store(ms, Ordering::Relaxed);
    }

    /// How far ahead of the system's clock this one runs.
    #[must_use]
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_millis(self.ahead_ms.load(Ordering::Relaxed))
    }
}
