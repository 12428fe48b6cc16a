//! When a mail that failed is tried again.

use jiff::{SignedDuration, Timestamp};
use shared::random;
use shared::store::Claimed;

use crate::context::Context;

/// How long a mail is put off after its first failure. The time doubles with each further failure.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The longest that a mail is put off when SES or a table fails for all mails.
pub(crate) const LONGEST_WAIT_FOR_ALL: SignedDuration = SignedDuration::from_mins(5);
/// The longest that a mail is put off when only this mail fails.
pub(crate) const LONGEST_WAIT_FOR_ONE: SignedDuration = SignedDuration::from_hours(1);

/// The next attempt after a failure. The wait doubles each time and is shortened at random, so that
/// mails that failed together are not tried together.
pub(crate) fn backoff(context: &Context, mail: &Claimed, longest: SignedDuration) -> Timestamp {
    let doubled = mail.queue.attempts.saturating_sub(1).min(20);
    let wait = FIRST_WAIT.saturating_mul(1 << doubled).min(longest);
    let [chance] = random::bytes();
    let half = wait / 2;
    later(context.app.clock.now(), half + half * i32::from(chance) / 255)
}

/// The time `by` after `now`.
pub(crate) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
