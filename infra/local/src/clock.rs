//! The clock of a stack: the system's clock plus an offset.

use std::fs;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Value, json};
use shared::clock::Clock;
use tokio::sync::watch;

/// The clock that every function of a stack reads.
#[derive(Debug)]
pub(crate) struct LocalClock {
    clock: Clock,
    file: Option<PathBuf>,
    moves: watch::Sender<()>,
}

impl Deref for LocalClock {
    type Target = Clock;

    fn deref(&self) -> &Clock {
        &self.clock
    }
}

impl LocalClock {
    /// A clock with the offset in `file`, if there is one.
    pub(crate) fn open(file: Option<&Path>) -> io::Result<Self> {
        let clock = Clock::default();
        match file.map(fs::read) {
            Some(Ok(bytes)) => {
                let kept: Value = serde_json::from_slice(&bytes)?;
                let ahead = kept.get("ahead_ms").and_then(Value::as_i64).unwrap_or(0);
                clock.run_ahead(SignedDuration::from_millis(ahead));
            }
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { clock, file: file.map(Path::to_owned), moves: watch::Sender::new(()) })
    }

    /// Moves the clock to `now`. It runs on from there.
    pub(crate) fn move_to(&self, now: Timestamp) -> io::Result<()> {
        let epoch = Timestamp::UNIX_EPOCH;
        let system = self.clock.precise_now().duration_since(epoch) - self.clock.ahead();
        let ahead = now.duration_since(epoch) - system;
        // The offset is in milliseconds, rounded up so that the clock is not before `now`.
        let ahead_ms = ahead.as_micros().div_euclid(1_000).saturating_add(1);
        self.run_ahead(i64::try_from(ahead_ms).unwrap_or(i64::MAX))
    }

    /// Removes the offset.
    pub(crate) fn reset(&self) -> io::Result<()> {
        self.run_ahead(0)
    }

    fn run_ahead(&self, ahead_ms: i64) -> io::Result<()> {
        self.clock.run_ahead(SignedDuration::from_millis(ahead_ms));
        self.moves.send_replace(());
        match &self.file {
            Some(file) => fs::write(file, json!({ "ahead_ms": ahead_ms }).to_string()),
            None => Ok(()),
        }
    }

    /// A channel that reports every move.
    pub(crate) fn moves(&self) -> watch::Receiver<()> {
        self.moves.subscribe()
    }
}

/// Why a clock cannot be moved.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum AdvanceError {
    /// The duration is not in ISO 8601.
    #[error("advance is not an ISO 8601 duration such as P3M, P1DT2H or -PT10M")]
    Malformed,
    /// The time is outside the calendar.
    #[error("that is too far away")]
    TooFar,
}

/// `now` moved by an ISO 8601 duration such as `P3M`, `-P1D` or `PT2H30M`. Months and days are
/// counted in UTC.
pub(crate) fn advanced(now: Timestamp, duration: &str) -> Result<Timestamp, AdvanceError> {
    let is_iso = duration.trim_start_matches(['-', '+']).starts_with(['P', 'p']);
    let span: Span = duration.parse().ok().filter(|_| is_iso).ok_or(AdvanceError::Malformed)?;
    now.to_zoned(TimeZone::UTC)
        .checked_add(span)
        .map(|moved| moved.timestamp())
        .map_err(|_| AdvanceError::TooFar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_on_the_calendar() {
        let now: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();

        for (duration, expected) in [
            ("P3M", "2027-02-28T10:00:00Z"),
            ("PT2H", "2026-11-30T12:00:00Z"),
            ("P1DT2H", "2026-12-01T12:00:00Z"),
            ("-P1Y", "2025-11-30T10:00:00Z"),
            ("PT0.5S", "2026-11-30T10:00:00.5Z"),
        ] {
            assert_eq!(advanced(now, duration), Ok(expected.parse().unwrap()), "{duration}");
        }
        for duration in ["", "3 months", "1h", "P", "P99999Y", "soon"] {
            assert!(advanced(now, duration).is_err(), "{duration}");
        }
    }

    #[test]
    fn a_moved_clock_runs_on() {
        let clock = LocalClock::open(None).unwrap();
        let target: Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();

        clock.move_to(target).unwrap();
        let after = clock.precise_now().duration_since(target);
        assert!((0..1_000).contains(&after.as_millis()), "{after}");

        clock.move_to("2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
        assert!(clock.now().to_string().starts_with("2020-01-01"));
    }
}
