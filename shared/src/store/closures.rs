//! The deactivation of an account.

use super::accounts::{change_tenant, delete_credentials};
use super::asked::ask_nothing;
use super::leases::free_ended_lease;
use super::links::use_link;
use super::rules;
use super::{Link, Notice, Store, Write, key};
use crate::domain::{Account, AgencyRequest, Closure, Settlement, Status};
use crate::error::Error;
use crate::metrics::{self, Metric};

/// Who deactivates an account.
#[derive(Clone, Copy, Debug)]
pub enum EndedBy<'a> {
    /// The agency, with its system.
    Agency,
    /// The agency, with the link that answers a request.
    Answer(&'a Link<AgencyRequest>),
    /// The daily job. The lease must still end on the day that the plan was made for.
    Schedule,
}

impl Store {
    /// Deactivates `account`, in one transaction: ends its sessions, deletes its credentials, frees
    /// its lease, plans its erasure `months` later and queues the mail to the tenant.
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
        let end = ask_nothing(change_tenant(account)?)
            .set("status", &Status::Deactivated)
            .set("epoch", &(account.epoch + 1))
            .set("closure", closure)
            .set("lifecycle", &key::lifecycle(next.step, account.id))
            .set("due_on", &next.due_on)
            .remove("reverts")
            .remove("closes_on")
            .remove("warned_on");
        let held = match by {
            EndedBy::Agency | EndedBy::Answer(_) => rules::lease_held(account.id)?,
            // If the lease is prolonged meanwhile, the account is kept.
            EndedBy::Schedule => rules::lease_held_to_its_end(account.id, account.ends_on)?,
        };
        let free = free_ended_lease(&account.lease, account.id, held);
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
