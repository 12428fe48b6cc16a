//! The deactivation of an account.

use super::accounts::{change_tenant, delete_credentials};
use super::asked::ask_nothing;
use super::leases::free_ended_lease;
use super::links::use_link;
use super::rules;
use super::{Link, Notice, Store, Write, key};
use crate::domain::{
    Account, Act, AgencyRequest, AgencyRequestKind, By, Closure, Settlement, Status, What,
};
use crate::error::Error;
use crate::metrics::{self, Metric};

/// On which occasion an account is deactivated.
#[derive(Clone, Copy, Debug)]
pub enum EndedBy<'a> {
    /// The agency decided it.
    Decision,
    /// The agency answers a request, which has this link.
    Answer(&'a Link<AgencyRequest>),
    /// The lease has ended. It must still end on the day that the plan was made for.
    Schedule,
}

impl Store {
    /// Has `by` deactivate `account`, in one transaction: ends its sessions, deletes its credentials, frees
    /// its lease, plans its erasure `months` later and queues the mail to the tenant.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn deactivate(
        &self,
        account: &Account,
        closure: &Closure,
        by: &By,
        on: EndedBy<'_>,
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
        let held = match on {
            EndedBy::Decision | EndedBy::Answer(_) => rules::lease_held(account.id)?,
            // If the lease is prolonged meanwhile, the account is kept.
            EndedBy::Schedule => rules::lease_held_to_its_end(account.id, account.ends_on)?,
        };
        let free = free_ended_lease(&account.lease, account.id, held);
        let mut actions = vec![end, delete_credentials(account, None)?, free, self.tell(notice)?];
        if let EndedBy::Answer(link) = on {
            actions.push(
                use_link(link, closure.at).set("payload.settled", &Settlement::done(closure.at)),
            );
        }
        let ended = self.act(account.id, act(account, closure, by, on), actions).await?;
        metrics::count(Metric::Deactivations, usize::from(ended.is_done()));
        Ok(ended)
    }
}

/// The deactivation of `account` as an act. The outcome says whether the tenant had asked for it.
fn act<'a>(account: &Account, closure: &Closure, by: &'a By, on: EndedBy<'_>) -> Act<'a> {
    let asked = account.open_request(AgencyRequestKind::CloseAccount, closure.at).is_some();
    match on {
        EndedBy::Schedule => What::Deactivated.by(by),
        EndedBy::Answer(_) => What::Closed.by(by).with(Some("as_asked")),
        EndedBy::Decision => What::Closed.by(by).with(asked.then_some("as_asked")),
    }
}
