//! Leases.

use super::action::Action;
use super::rules::{self, Ruled};
use super::{Store, Table, key};
use crate::domain::{Account, Lease, LeaseReference, SeenLease, TenantId};
use crate::error::Error;

/// A lease and the account that holds it, or held it last.
#[derive(Debug)]
pub struct Holder {
    /// The lease.
    pub lease: Lease,
    /// Its account.
    pub account: Option<Account>,
}

impl Store {
    /// The lease `reference`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_lease(&self, reference: &LeaseReference) -> Result<Option<Lease>, Error> {
        self.find(Table::Tenants, key::lease(reference)).await
    }

    /// The lease `reference` with the account that holds it, or held it last and still names it: one
    /// that has moved to another lease is not this lease's any more.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_holder(&self, reference: &LeaseReference) -> Result<Option<Holder>, Error> {
        let Some(lease) = self.find_lease(reference).await? else {
            return Ok(None);
        };
        let account = match lease.tenant.or(lease.last_tenant) {
            Some(tenant) => self.find_account(tenant).await?,
            None => None,
        };
        let account = account.filter(|account| account.lease == *reference);
        Ok(Some(Holder { lease, account }))
    }
}

/// Gives `lease`, which must be free and as it was seen, to `tenant`.
pub(super) fn claim_lease(lease: &SeenLease, tenant: TenantId) -> Result<Action, Error> {
    let free = rules::lease_free_as_seen(lease)?;
    Ok(Action::update(Table::Tenants, key::lease(&lease.terms().reference), free)
        .set("tenant", &tenant)
        .remove("pending_mail_state"))
}

/// Takes the lease `reference` from `tenant`, who must hold it.
pub(super) fn free_lease(reference: &LeaseReference, tenant: TenantId) -> Result<Action, Error> {
    Ok(free(reference, rules::lease_held(tenant)?))
}

/// Takes the lease `reference` from `tenant`, who is `held` to hold it, and has the lease remember who
/// held it last.
pub(super) fn free_ended_lease(
    reference: &LeaseReference,
    tenant: TenantId,
    held: Ruled,
) -> Action {
    free(reference, held).set("last_tenant", &tenant)
}

fn free(reference: &LeaseReference, held: Ruled) -> Action {
    Action::update(Table::Tenants, key::lease(reference), held).remove("tenant")
}
