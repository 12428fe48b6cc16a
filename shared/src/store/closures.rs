//! The end of an account.

use super::accounts::{change_tenant, delete_credentials};
use super::expression::Condition;
use super::leases::free_ended_lease;
use super::links::use_link;
use super::rules::Rule;
use super::{Link, Notice, Store, Write, key};
use crate::domain::{Account, AgencyRequest, Closure, Settlement, Status};
use crate::error::Error;
use crate::metrics::{self, Metric};

/// What makes an account end.
#[derive(Clone, Copy, Debug)]
pub enum EndedBy<'a> {
    /// The agency, by its system.
    Agency,
    /// The agency, by the link that answers a request.
    Answer(&'a Link<AgencyRequest>),
    /// The daily job: the lease must still end on the day that the account was planned for.
    Schedule,
}

impl Store {
    /// Deactivates `account`, in one transaction: its sessions end, its credentials are gone, its
    /// lease is free, it is erased `months` later, and the tenant is told.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn deactivate(
        &self,
        account: &Account,
        closure: &Closure,
        by: EndedBy<'_>,
        months: i32,
        notice: &Notice,
    ) -> Result<Write, Error> {
        let next = closure.erasure(months);
        let end = change_tenant(account)?
            .set("status", &Status::Deactivated)
            .set("epoch", &(account.epoch + 1))
            .set("closure", closure)
            .set("lifecycle", &key::lifecycle(next.step, account.id))
            .set("due_on", &next.due_on)
            .remove("asked_to_close")
            .remove("asked_for_paper")
            .remove("reverts")
            .remove("closes_on")
            .remove("warned_on");
        let mut free = free_ended_lease(&account.lease, account.id)?;
        if let EndedBy::Schedule = by {
            // A prolongation that comes meanwhile keeps the account.
            let ends = Condition::is_or_lacks("ends_on", account.ends_on.as_ref())?;
            free.rule = Rule::LeaseHolderAsRead;
            free.condition = Condition::All(vec![free.condition, ends]);
        }
        let mut actions = vec![end, delete_credentials(account, None)?, free, self.tell(notice)?];
        if let EndedBy::Answer(link) = by {
            actions.push(
                use_link(link, closure.at).set("payload.settled", &Settlement::done(closure.at)),
            );
        }
        let ended = self.transact(actions).await?;
        metrics::count(Metric::Deactivations, usize::from(ended.is_done()));
        Ok(ended)
    }
}
