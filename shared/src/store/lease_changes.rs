//! A household that moves to another lease of the landlord.

use super::accounts::{change_tenant, follow_plan, follow_terms};
use super::leases::{claim_lease, free_lease};
use super::{Notice, Store, Write};
use crate::domain::{Account, LeaseTerms, Plan, in_paris};
use crate::error::Error;

impl Store {
    /// Moves `account` to the lease of `terms`, in one transaction: the new lease is claimed, the old
    /// one freed, what was asked of the agency for the old one is asked no more, the tenant is told.
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
        let change = change_tenant(account)?
            .set("lease", &terms.reference)
            .remove("asked_to_close")
            .remove("asked_for_paper");
        self.transact(vec![
            claim_lease(&terms.as_seen(), account.id)?,
            free_lease(&account.lease, account.id)?,
            follow_plan(follow_terms(change, terms), account.id, plan),
            self.tell(notice)?,
        ])
        .await
    }
}
