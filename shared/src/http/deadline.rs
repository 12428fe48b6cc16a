//! When Lambda ends an invocation.

use jiff::{SignedDuration, Timestamp};
use lambda_http::Context;

use crate::clock::Clock;

/// Lambda lets no invocation last longer.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// What is left to an invocation whose context does not say.
const ASSUMED: SignedDuration = SignedDuration::from_secs(60);

/// When Lambda ends an invocation.
#[derive(Clone, Debug)]
pub struct Deadline {
    clock: Clock,
    /// By the system's clock, which nobody moves.
    ends_at: Timestamp,
}

impl Deadline {
    /// That of the invocation that begins now in `context`.
    pub(super) fn of(context: &Context, clock: &Clock) -> Self {
        let now = system_time(clock);
        let left = i64::try_from(context.deadline)
            .ok()
            .and_then(|deadline| Timestamp::from_millisecond(deadline).ok())
            .and_then(|deadline| {
                // Lambda goes by the system's clock, the local stack by its own.
                [now, clock.precise_now()]
                    .map(|now| deadline.duration_since(now))
                    .into_iter()
                    .find(|left| left.is_positive() && *left <= LONGEST)
            });
        let ends_at = now.saturating_add(left.unwrap_or(ASSUMED)).unwrap_or(Timestamp::MAX);
        Self { clock: clock.clone(), ends_at }
    }

    /// How long the invocation may still last; negative once it is over.
    #[must_use]
    pub fn remaining(&self) -> SignedDuration {
        self.ends_at.duration_since(system_time(&self.clock))
    }
}

fn system_time(clock: &Clock) -> Timestamp {
    clock.precise_now().saturating_sub(clock.ahead()).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that so many seconds are left of an invocation whose deadline is `seconds` from `now`.
    #[track_caller]
    fn leaves(expected: i64, deadline: Option<(Timestamp, i64)>, clock: &Clock) {
        let mut context = Context::default();
        context.deadline = deadline.map_or(0, |(now, seconds)| {
            u64::try_from((now + SignedDuration::from_secs(seconds)).as_millisecond()).unwrap()
        });
        let left = Deadline::of(&context, clock).remaining().as_secs_f64();
        let expected = SignedDuration::from_secs(expected).as_secs_f64();
        // A busy machine may take its time between the two readings.
        assert!((expected - 10.0..=expected).contains(&left), "{left} s");
    }

    #[test]
    fn what_is_left_is_what_the_context_says() {
        let clock = Clock::default();

        leaves(29, Some((clock.precise_now(), 29)), &clock);
        leaves(900, Some((clock.precise_now(), 900)), &clock);
    }

    #[test]
    fn a_context_that_says_nothing_leaves_a_minute() {
        let clock = Clock::default();
        let now = clock.precise_now();

        leaves(60, None, &clock);
        leaves(60, Some((now, -10)), &clock);
        leaves(60, Some((now, 10_000)), &clock);
    }

    #[test]
    fn a_clock_that_runs_ahead_changes_nothing() {
        let clock = Clock::default();
        let system = clock.precise_now();
        clock.run_ahead(SignedDuration::from_hours(24 * 90));

        leaves(29, Some((system, 29)), &clock);
        leaves(29, Some((clock.precise_now(), 29)), &clock);

        let deadline = Deadline::of(&Context::default(), &clock);
        clock.run_ahead(SignedDuration::from_hours(24 * 365));
        assert!(deadline.remaining() > SignedDuration::from_secs(50));
    }
}
