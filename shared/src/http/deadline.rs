//! The deadline of an invocation, after which Lambda ends it.

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lambda_http::Context;

use crate::clock::Clock;
use crate::error::Error;

/// The longest that Lambda lets an invocation last.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// The time left when the context does not tell.
const ASSUMED: SignedDuration = SignedDuration::from_secs(60);
/// The time kept back to answer that an invocation takes too long.
const ANSWERING: SignedDuration = SignedDuration::from_secs(1);

/// The time at which Lambda ends an invocation.
#[derive(Clone, Debug)]
pub struct Deadline {
    clock: Clock,
    /// On the system's clock, which is not moved by tests.
    ends_at: Timestamp,
}

impl Deadline {
    /// The deadline of the invocation that begins now with `context`.
    pub(super) fn of(context: &Context, clock: &Clock) -> Self {
        let now = system_time(clock);
        let left = i64::try_from(context.deadline)
            .ok()
            .and_then(|deadline| Timestamp::from_millisecond(deadline).ok())
            .and_then(|deadline| {
                // Lambda uses the system's clock, the local stack its own.
                [now, clock.precise_now()]
                    .map(|now| deadline.duration_since(now))
                    .into_iter()
                    .find(|left| left.is_positive() && *left <= LONGEST)
            });
        let ends_at = now.saturating_add(left.unwrap_or(ASSUMED)).unwrap_or(Timestamp::MAX);
        Self { clock: clock.clone(), ends_at }
    }

    /// The time left; negative once the deadline has passed.
    #[must_use]
    pub fn remaining(&self) -> SignedDuration {
        self.ends_at.duration_since(system_time(&self.clock))
    }

    /// The result of `work`, if it comes in time. Else the caller gets our answer, not the
    /// gateway's after Lambda has ended the function. Writes that were under way may have been
    /// made, as when a response is lost.
    ///
    /// # Errors
    ///
    /// `unavailable` if `work` takes too long.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let left = Duration::try_from(self.remaining() - ANSWERING).unwrap_or(Duration::ZERO);
        match tokio::time::timeout(left, work).await {
            Ok(result) => result,
            Err(elapsed) => Err(Error::Unavailable(elapsed.into())),
        }
    }
}

fn system_time(clock: &Clock) -> Timestamp {
    clock.precise_now().saturating_sub(clock.ahead()).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that `expected` seconds are left of an invocation whose deadline is `seconds` after
    /// `now`.
    #[track_caller]
    fn leaves(expected: i64, deadline: Option<(Timestamp, i64)>, clock: &Clock) {
        let mut context = Context::default();
        context.deadline = deadline.map_or(0, |(now, seconds)| {
            u64::try_from((now + SignedDuration::from_secs(seconds)).as_millisecond()).unwrap()
        });
        let left = Deadline::of(&context, clock).remaining().as_secs_f64();
        let expected = SignedDuration::from_secs(expected).as_secs_f64();
        // On a busy machine, time may pass between the two reads of the clock.
        assert!((expected - 10.0..=expected).contains(&left), "{left} s");
    }

    #[test]
    fn the_time_left_is_that_of_the_context() {
        let clock = Clock::default();

        leaves(29, Some((clock.precise_now(), 29)), &clock);
        leaves(900, Some((clock.precise_now(), 900)), &clock);
    }

    #[test]
    fn a_context_without_a_plausible_deadline_leaves_a_minute() {
        let clock = Clock::default();
        let now = clock.precise_now();

        leaves(60, None, &clock);
        leaves(60, Some((now, -10)), &clock);
        leaves(60, Some((now, 10_000)), &clock);
    }

    /// A deadline in that many milliseconds.
    fn deadline_in(milliseconds: i64) -> Deadline {
        let clock = Clock::default();
        let ends_at = clock.precise_now() + SignedDuration::from_millis(milliseconds);
        Deadline { clock, ends_at }
    }

    #[tokio::test]
    async fn work_that_takes_too_long_is_answered_unavailable_before_the_deadline() {
        let deadline = deadline_in(1_050);

        let result = deadline.within(std::future::pending::<Result<(), Error>>()).await;

        assert_eq!(result.unwrap_err().code(), "unavailable");
        assert!(deadline.remaining() > SignedDuration::from_millis(500));
    }

    #[tokio::test]
    async fn the_result_of_work_done_in_time_is_returned() {
        assert_eq!(deadline_in(5_000).within(async { Ok(7) }).await.unwrap(), 7);
        let refused = deadline_in(5_000).within(async { Err::<(), _>(Error::NotFound) }).await;
        assert_eq!(refused.unwrap_err().code(), "not_found");
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
