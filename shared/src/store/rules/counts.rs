//! The rules of counts.

use super::super::n;
use super::condition::Condition;
use super::{Rule, Ruled};

/// [`Rule::BelowLimit`] for each counter with its limit.
pub(in crate::store) fn below_limit<'a>(
    counters: impl IntoIterator<Item = (&'a str, u32)>,
) -> Ruled {
    let below = |(name, limit): (&str, u32)| {
        Condition::Any(vec![Condition::lacks(name), Condition::Below(name.to_owned(), n(limit))])
    };
    Rule::BelowLimit.tests([Condition::All(counters.into_iter().map(below).collect())])
}

/// [`Rule::BeyondShare`]: `part` has reached its `share`, and is below `beyond`.
pub(in crate::store) fn beyond_share(part: &str, share: u32, beyond: u32) -> Ruled {
    Rule::BeyondShare.tests([
        Condition::Above(part.to_owned(), n(share.saturating_sub(1))),
        Condition::Below(part.to_owned(), n(beyond)),
    ])
}

/// [`Rule::TurnFree`]: no turn to send is taken at `now` or later. Both times are in microseconds
/// since 1970. Beyond `never` there are no turns.
pub(in crate::store) fn turn_free(now: i64, never: i64) -> Ruled {
    Rule::TurnFree.tests([Condition::Any(vec![
        Condition::lacks("next"),
        Condition::Below("next".to_owned(), n(now + 1)),
        Condition::Above("next".to_owned(), n(never)),
    ])])
}

/// [`Rule::TurnSoon`]: the next turn to send is free before `limit`.
pub(in crate::store) fn turn_soon(limit: i64) -> Ruled {
    Rule::TurnSoon.tests([Condition::Below("next".to_owned(), n(limit))])
}
