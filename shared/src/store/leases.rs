//! Leases.

use super::{Store, key};
use crate::domain::{Account, Lease, LeaseReference};
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
        self.find(&self.tenants, key::lease(reference)).await
    }

    /// The lease `reference` with its account.
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
        Ok(Some(Holder { lease, account }))
    }
}
