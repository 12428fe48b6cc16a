//! Leases.

use super::action::Action;
use super::rules::{self, Rule};
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
    Ok(Action::update(Table::Tenants, key::lease(&lease.terms().reference), Rule::LeaseFreeAsSeen)
        .set("tenant", &tenant)
        .remove("pending_mail_state")
        .when(rules::lease_free_as_seen(lease)?))
}

/// Takes the lease `reference` from `tenant`, who must hold it.
pub(super) fn free_lease(reference: &LeaseReference, tenant: TenantId) -> Result<Action, Error> {
    Ok(Action::update(Table::Tenants, key::lease(reference), Rule::LeaseHeld)
        .remove("tenant")
        .when(rules::lease_held(tenant)?))
}

/// The same, and the lease remembers who held it last.
pub(super) fn free_ended_lease(
    reference: &LeaseReference,
    tenant: TenantId,
) -> Result<Action, Error> {
    Ok(free_lease(reference, tenant)?.set("last_tenant", &tenant))
}
