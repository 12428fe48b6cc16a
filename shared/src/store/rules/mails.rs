//! The rules of writes to a mail in the queue.

use jiff::Timestamp;

use super::super::n;
use super::condition::Condition;
use super::{Rule, Ruled};

/// [`Rule::MailKnown`].
pub(in crate::store) fn mail_known() -> Ruled {
    Rule::MailKnown.tests([Condition::has("pk")])
}

/// [`Rule::MailNew`], for rows from the stream.
pub(in crate::store) fn mail_new() -> Ruled {
    Rule::MailNew.tests([waits(), Condition::Equals("attempts".to_owned(), n(0))])
}

/// [`Rule::MailDue`] at `now`, for rows that a sweep finds.
pub(in crate::store) fn mail_due(now: Timestamp) -> Ruled {
    Rule::MailDue.tests([waits(), Condition::AtMost("try_at".to_owned(), n(now.as_second()))])
}

/// [`Rule::MailClaimed`]: by the delivery whose claim was attempt number `attempts`.
pub(in crate::store) fn mail_claimed(attempts: u32) -> Ruled {
    Rule::MailClaimed.tests([waits(), Condition::Equals("attempts".to_owned(), n(attempts))])
}

fn waits() -> Condition {
    Condition::has("outbox")
}
