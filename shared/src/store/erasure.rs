//! The erasure of an account.

use jiff::Timestamp;
use serde::Serialize;

use super::action::Action;
use super::lifecycle::Due;
use super::rules;
use super::{Store, Table, Write, item, key};
use crate::domain::{By, TenantId, What};
use crate::error::Error;

/// The row of an erased account. It has no personal data.
#[derive(Serialize)]
struct Trace {
    id: TenantId,
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    created_at: Timestamp,
    #[serde(with = "jiff::fmt::serde::timestamp::second::optional")]
    deactivated_at: Option<Timestamp>,
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    erased_at: Timestamp,
}

impl Store {
    /// Erases `due`, in one transaction: the row keeps no personal data, and the lease no longer
    /// names the account. The rows of its acts, which have none, stay until they expire.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn erase(&self, due: &Due) -> Result<Write, Error> {
        let account = &due.account;
        let trace = Trace {
            id: account.id,
            created_at: account.created_at,
            deactivated_at: account.closure.as_ref().map(|closure| closure.at),
            erased_at: self.clock.now(),
        };
        let trace = item(key::tenant(account.id), &trace)?;
        let as_read = rules::step_as_read(&due.lifecycle, due.since)?;
        let mut actions = vec![Action::put(Table::Tenants, trace, as_read)];
        let lease = self.find_lease(&account.lease).await?;
        if lease.is_some_and(|lease| lease.last_tenant == Some(account.id)) {
            let (pk, held) = (key::lease(&account.lease), rules::lease_last_held(account.id)?);
            actions.push(Action::update(Table::Tenants, pk, held).remove("last_tenant"));
        }
        self.act(account.id, What::Erased.by(&By::Schedule), actions).await
    }
}
