//! The end of an account.

use jiff::civil::Date;

use super::expression::{n, put_new, s, update};
use super::{Notice, Store, key, value};
use crate::domain::{Account, Closure, Lease, LinkId, NextStep, Status, in_paris};
use crate::error::Error;
use crate::metrics::{self, Metric};

/// What makes an account end.
#[derive(Clone, Copy, Debug)]
pub enum EndedBy<'a> {
    /// The agency, by its system.
    Agency,
    /// The agency, by the link that answers a request.
    Answer(LinkId),
    /// The end of its lease, which must still be as it was read.
    Schedule(&'a Lease),
}

impl Store {
    /// Deactivates `account`, in one transaction: its sessions end, its credentials are gone, its
    /// lease is free, it is erased `months` later, and the tenant is told. Whether it was done;
    /// not when account, lease or link is no longer what it was.
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
    ) -> Result<bool, Error> {
        let next = NextStep::erasure(in_paris(closure.at), months);
        let end = self.change_tenant(
            account,
            "SET #status = :deactivated, epoch = :next, closure = :closure, \
             lifecycle = :lifecycle, due_on = :due_on \
             REMOVE asked_to_close, asked_for_paper, reverts",
            vec![
                (":deactivated", value(&Status::Deactivated)?),
                (":next", n(account.epoch + 1)),
                (":closure", value(closure)?),
                (":lifecycle", s(next.step.partition(account.id))),
                (":due_on", s(next.due_on)),
            ],
        )?;
        let free = match by {
            EndedBy::Schedule(lease) => self.free_ended_lease(account, lease.ends_on)?,
            EndedBy::Agency | EndedBy::Answer(_) => {
                self.free_lease(&account.lease, account.id, true)?
            }
        };
        let mut actions = vec![
            end,
            self.delete_credentials(account, None)?,
            free,
            put_new(&self.tokens, self.notice(notice)?)?,
        ];
        if let EndedBy::Answer(link) = by {
            actions.push(self.use_link(link, closure.at, "REMOVE outbox")?);
        }
        let ended = self.transact(actions).await?.is_empty();
        metrics::count(Metric::Deactivations, usize::from(ended));
        Ok(ended)
    }

    /// Takes the lease from `account` if it still ends on `ends_on`: a prolongation keeps it.
    fn free_ended_lease(
        &self,
        account: &Account,
        ends_on: Option<Date>,
    ) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
        update(
            &self.tenants,
            key::lease(&account.lease),
            "SET last_tenant = tenant REMOVE tenant",
            "tenant = :tenant AND ends_on = :ends_on",
            vec![(":tenant", s(account.id)), (":ends_on", value(&ends_on)?)],
        )
    }
}
