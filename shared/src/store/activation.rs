//! Making an account.

use serde::Serialize;

use super::accounts::{account_item, put_credentials};
use super::action::Action;
use super::leases::claim_lease;
use super::links::use_link;
use super::rules;
use super::{Link, Notice, Store, Table, Write};
use crate::domain::{Account, Plan, SeenLease};
use crate::error::Error;
use crate::passwords::PasswordHash;

impl Store {
    /// Makes `account`, in one transaction: the account, its hold on the `lease` as it was seen, its
    /// credentials, the end of the `link` and the mail that announces it. Stale: the lease or the
    /// link is no longer what it was. Refused:
    /// [`AddressFree`](super::Rule::AddressFree).
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
        // The password is kept with the account from now on, and the registration is its.
        let use_link = use_link(link, self.clock.now())
            .remove("payload.password")
            .set("tenant", &account.id)
            .set("epoch", &account.epoch);
        self.transact(vec![
            claim_lease(lease, account.id)?,
            put_credentials(account, account.epoch, &account.email, password)?,
            use_link,
            Action::put(Table::Tenants, account_item(account, plan)?, rules::new()),
            self.tell(announcement)?,
        ])
        .await
    }
}
