//! Leases.

use super::action::Action;
use super::rules::{self, Ruled};
use super::stand_ins::StandIn;
use super::{Store, Table, key};
use crate::domain::{Account, Lease, LeaseReference, SeenLease, TenantId};
use crate::error::Error;

/// A lease, and the account that holds it or last held it.
#[derive(Debug)]
pub struct Holder {
    /// The lease.
    pub lease: Lease,
    /// The lease's account.
    pub account: Option<Account>,
}

impl Store {
    /// The lease `reference`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_lease(&self, reference: &LeaseReference) -> Result<Option<Lease>, Error> {
        let found = self.find(Table::Tenants, key::lease(reference)).await?;
        if found.is_none() {
            StandIn::Lease.read_for_nothing::<Lease>();
        }
        Ok(found)
    }

    /// The lease `reference`, with the account that holds it or last held it. An account that has
    /// changed to another lease is not returned.
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

/// Gives `lease` to `tenant`. The lease must be free and have the terms of the registration.
pub(super) fn claim_lease(lease: &SeenLease, tenant: TenantId) -> Result<Action, Error> {
    let free = rules::lease_free_as_seen(lease)?;
    Ok(Action::update(Table::Tenants, key::lease(&lease.terms().reference), free)
        .set("tenant", &tenant)
        .remove("pending_mail_state"))
}

/// Frees the lease `reference`, which `tenant` must hold.
pub(super) fn free_lease(reference: &LeaseReference, tenant: TenantId) -> Result<Action, Error> {
    Ok(free(reference, rules::lease_held(tenant)?))
}

/// Frees the lease `reference` of `tenant` under the rule `held`. The lease remembers that `tenant`
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
