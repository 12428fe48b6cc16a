//! The rows of a synthetic household: its lease, which is made for one run, and its erasure, which
//! is whole and at once.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::second;
use serde::{Deserialize, Serialize};

use super::accounts::delete_credentials;
use super::action::Action;
use super::rows_of_account::MailRow;
use super::{Store, Table, Write, item, key, rules};
use crate::domain::{Account, By, Lease, LeaseReference, LinkId, Purpose, What};
use crate::error::Error;

/// A lease under a reference that is kept for synthetic households.
///
/// It is in no list of names, so staff do not find it by one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SyntheticLease {
    /// The lease.
    #[serde(flatten)]
    pub lease: Lease,
    /// When a run made it; absent in a lease of the landlord's.
    #[serde(default, with = "second::optional", skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
}

impl Store {
    /// The lease `reference`, with when a run made it.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_synthetic_lease(
        &self,
        reference: &LeaseReference,
    ) -> Result<Option<SyntheticLease>, Error> {
        self.find(Table::Tenants, key::lease(reference)).await
    }

    /// Puts `lease`. Stale: there is one under its reference.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn put_synthetic_lease(&self, lease: &SyntheticLease) -> Result<Write, Error> {
        let row = item(key::lease(&lease.lease.terms.reference), lease)?;
        self.write(Action::put(Table::Tenants, row, rules::lease_new())).await
    }

    /// Deletes the `lease` of a synthetic household, with the `account` that holds it and the
    /// credentials of that, in one transaction. Stale: one of them has changed since it was read.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn erase_synthetic(
        &self,
        lease: &Lease,
        account: Option<&Account>,
    ) -> Result<Write, Error> {
        let pk = key::lease(&lease.terms.reference);
        let Some(account) = account else {
            let free = rules::lease_free_as_seen(&lease.terms.as_seen())?;
            return self.write(Action::delete(Table::Tenants, pk, free)).await;
        };
        let as_read = rules::account_terms_as_read(account)?;
        let actions = vec![
            Action::delete(Table::Tenants, pk, rules::lease_held(account.id)?),
            Action::delete(Table::Tenants, key::tenant(account.id), as_read),
            delete_credentials(account, None)?,
        ];
        self.act(account.id, What::Erased.by(&By::Schedule), actions).await
    }

    /// The state of the mail of the link `id`; `None` if there is no such link.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_mail_of(
        &self,
        purpose: Purpose,
        id: LinkId,
    ) -> Result<Option<MailRow>, Error> {
        self.find(Table::Tokens, key::link(purpose, id)).await
    }
}
