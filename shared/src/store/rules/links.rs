//! The rules of writes to a mailed link.

use jiff::Timestamp;

use super::super::n;
use super::condition::Condition;
use super::{Rule, Ruled};
use crate::domain::TenantId;
use crate::error::Error;

/// [`Rule::LinkUsable`] at `now`.
pub(in crate::store) fn link_usable(now: Timestamp) -> Ruled {
    Rule::LinkUsable.tests([
        Condition::has("pk"),
        Condition::lacks("used_at"),
        Condition::Above("expires_at".to_owned(), n(now.as_second())),
    ])
}

/// [`Rule::LinkUnbound`], for `tenant` at `epoch`.
pub(in crate::store) fn link_unbound(tenant: TenantId, epoch: u64) -> Result<Ruled, Error> {
    // The link may already be bound like this: an earlier try of this write whose response was
    // lost.
    let bound_so =
        Condition::All(vec![Condition::is("tenant", &tenant)?, Condition::is("epoch", &epoch)?]);
    Ok(Rule::LinkUnbound.tests([
        Condition::has("pk"),
        Condition::Any(vec![Condition::lacks("tenant"), bound_so]),
        Condition::lacks("used_at"),
    ]))
}
