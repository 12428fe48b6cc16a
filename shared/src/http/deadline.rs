//! When Lambda ends an invocation.

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lambda_http::Context;

use crate::clock::Clock;
use crate::error::Error;

/// Lambda lets no invocation last longer.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// What is left to an invocation whose context does not say.
const ASSUMED: SignedDuration = SignedDuration::from_secs(60);
/// What is kept of an invocation to answer that it takes too long.
const ANSWERING: SignedDuration = SignedDuration::from_secs(1);

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

    /// What `work` comes to, if that can still be answered. However many calls it makes, one after the
    /// other, and however long each of them may take: the caller is told by us, and not by the gateway
    /// after Lambda has ended the function. What was under way may have been done, as where an answer is
    /// lost.
    ///
    /// # Errors
    ///
    /// `unavailable` where it takes too long.
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

    /// A deadline in so many milliseconds.
    fn deadline_in(milliseconds: i64) -> Deadline {
        let clock = Clock::default();
        let ends_at = clock.precise_now() + SignedDuration::from_millis(milliseconds);
        Deadline { clock, ends_at }
    }

    #[tokio::test]
    async fn what_takes_too_long_is_unavailable_while_that_can_be_answered() {
        let deadline = deadline_in(1_050);

        let result = deadline.within(std::future::pending::<Result<(), Error>>()).await;

        assert_eq!(result.unwrap_err().code(), "unavailable");
        assert!(deadline.remaining() > SignedDuration::from_millis(500));
    }

    #[tokio::test]
    async fn what_is_done_in_time_stays_what_it_is() {
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
