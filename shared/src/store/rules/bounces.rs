//! The rules of writes to the bounces of an address.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::{n, s};
use super::condition::Condition;
use super::{Rule, Ruled};

/// [`Rule::NoBounce`] at `now`.
pub(in crate::store) fn no_bounce(now: Timestamp) -> Ruled {
    Rule::NoBounce.tests([Condition::Any(vec![
        Condition::lacks("pk"),
        Condition::AtMost("expires_at".to_owned(), n(now.as_second())),
    ])])
}

/// [`Rule::BounceAsRead`]: the bounce of `bounced_at`.
pub(in crate::store) fn bounce_as_read(bounced_at: Timestamp) -> Ruled {
    Rule::BounceAsRead
        .tests([Condition::Equals("bounced_at".to_owned(), n(bounced_at.as_second()))])
}

/// [`Rule::NotProbed`].
pub(in crate::store) fn not_probed() -> Ruled {
    Rule::NotProbed.tests([Condition::has("pk"), Condition::lacks("probed_at")])
}

/// [`Rule::NotTriedToday`] under `attribute`, except by `this` mail.
pub(in crate::store) fn not_tried_today(attribute: &str, today: Date, this: &str) -> Ruled {
    Rule::NotTriedToday.tests([
        Condition::has("pk"),
        Condition::Any(vec![
            Condition::lacks(attribute),
            Condition::Below(attribute.to_owned(), s(today)),
            // The attempt may already be this mail's: an earlier try of this write whose response
            // was lost.
            Condition::Equals(attribute.to_owned(), s(this)),
        ]),
    ])
}
