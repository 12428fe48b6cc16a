//! A household's change to another lease.

use super::accounts::{change_tenant, follow_plan, follow_terms};
use super::asked::ask_nothing;
use super::leases::{claim_lease, free_lease};
use super::{Notice, Store, Write};
use crate::domain::{Account, By, LeaseTerms, Plan, What, in_paris};
use crate::error::Error;

impl Store {
    /// Changes the lease of `account` to that of `terms`, in one transaction: claims the new lease,
    /// frees the old one, drops the open requests about the old one, and queues the mail to the
    /// tenant.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn change_lease(
        &self,
        account: &Account,
        terms: &LeaseTerms,
        notice: &Notice,
    ) -> Result<Write, Error> {
        let plan = Plan::of_active(terms.ends_on, in_paris(self.clock.now()));
        let change = ask_nothing(change_tenant(account)?).set("lease", &terms.reference);
        let actions = vec![
            claim_lease(&terms.as_seen(), account.id)?,
            free_lease(&account.lease, account.id)?,
            follow_plan(follow_terms(change, terms), account.id, plan),
            self.tell(notice)?,
        ];
        self.act(account.id, What::LeaseChanged.by(&By::Tenant), actions).await
    }
}
