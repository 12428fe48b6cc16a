//! The rules of writes to a lease.

use jiff::civil::Date;

use super::condition::Condition;
use super::{Rule, Ruled};
use crate::domain::{SeenLease, TenantId};
use crate::error::Error;

/// [`Rule::LeaseNew`].
pub(in crate::store) fn lease_new() -> Ruled {
    Rule::LeaseNew.tests([Condition::lacks("pk")])
}

/// [`Rule::LeaseFreeAsSeen`].
pub(in crate::store) fn lease_free_as_seen(seen: &SeenLease) -> Result<Ruled, Error> {
    let terms = seen.terms();
    Ok(Rule::LeaseFreeAsSeen.tests([
        free(),
        Condition::is("last_name", &terms.last_name)?,
        Condition::is_or_lacks("first_name", terms.first_name.as_ref())?,
        Condition::is("agency", &terms.agency)?,
        Condition::is_or_lacks("adviser", terms.adviser.as_ref())?,
        Condition::is_or_lacks("ends_on", terms.ends_on.as_ref())?,
    ]))
}

/// [`Rule::LeaseFree`].
pub(in crate::store) fn lease_free() -> Ruled {
    Rule::LeaseFree.tests([free()])
}

/// [`Rule::LeaseHeld`] by `tenant`.
pub(in crate::store) fn lease_held(tenant: TenantId) -> Result<Ruled, Error> {
    Ok(Rule::LeaseHeld.tests([Condition::is("tenant", &tenant)?]))
}

/// [`Rule::LeaseHeldToItsEnd`] by `tenant`.
pub(in crate::store) fn lease_held_to_its_end(
    tenant: TenantId,
    ends_on: Option<Date>,
) -> Result<Ruled, Error> {
    Ok(Rule::LeaseHeldToItsEnd.tests([
        Condition::is("tenant", &tenant)?,
        Condition::is_or_lacks("ends_on", ends_on.as_ref())?,
    ]))
}

/// [`Rule::LeaseHolderAsRead`]: `tenant`, or nobody.
pub(in crate::store) fn lease_holder_as_read(tenant: Option<TenantId>) -> Result<Ruled, Error> {
    Ok(Rule::LeaseHolderAsRead
        .tests([Condition::has("pk"), Condition::is_or_lacks("tenant", tenant.as_ref())?]))
}

/// [`Rule::LeaseLastHeld`] by `tenant`.
pub(in crate::store) fn lease_last_held(tenant: TenantId) -> Result<Ruled, Error> {
    Ok(Rule::LeaseLastHeld.tests([Condition::is("last_tenant", &tenant)?]))
}

fn free() -> Condition {
    Condition::All(vec![Condition::has("pk"), Condition::lacks("tenant")])
}
