//! Activation: the transaction that creates an account.

use serde::Serialize;

use super::accounts::{account_item, put_credentials};
use super::action::Action;
use super::leases::claim_lease;
use super::links::use_link;
use super::rules;
use super::{Link, Notice, Store, Table, Write};
use crate::domain::{Account, By, Plan, SeenLease, What};
use crate::error::Error;
use crate::passwords::PasswordHash;

impl Store {
    /// Creates `account`, in one transaction: puts the account and its credentials, claims the
    /// `lease`, uses the `link`, and queues the mail. Stale: the lease or the link has changed.
    /// Refused: [`AddressFree`](super::Rule::AddressFree).
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn activate<P: Serialize>(
        &self,
        link: &Link<P>,
        lease: &SeenLease,
        account: &Account,
        plan: Option<Plan>,
        password: &PasswordHash,
        announcement: &Notice,
    ) -> Result<Write, Error> {
        // The password moves to the account, and the registration's row now belongs to the account.
        let use_link = use_link(link, self.clock.now())
            .remove("payload.password")
            .set("tenant", &account.id)
            .set("epoch", &account.epoch);
        let actions = vec![
            claim_lease(lease, account.id)?,
            put_credentials(account, account.epoch, &account.email, password)?,
            use_link,
            Action::put(Table::Tenants, account_item(account, plan)?, rules::new()),
            self.tell(announcement)?,
        ];
        self.act(account.id, What::Activated.by(&By::Tenant), actions).await
    }
}
