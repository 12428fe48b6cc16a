//! Accounts that have a next step.

use jiff::civil::Date;
use serde::Deserialize;

use super::accounts::{follow_plan, set_plan};
use super::action::Action;
use super::query::{Query, Range, stop_if};
use super::rules;
use super::{ChangedEnd, Claimed, Final, Notice, Store, Table, Write, key, pk, read, s};
use crate::domain::{Account, By, Lease, Plan, Step, TenantId, What};
use crate::error::Error;

/// The most accounts of one query page.
const PAGE: i32 = 500;

/// An account with its next step.
#[derive(Debug, Deserialize)]
pub struct Due {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    pub(super) lifecycle: String,
    #[serde(rename = "due_on")]
    pub(super) since: Date,
}

impl Due {
    /// Whether `step` is due on `today`. The index, which was read first, may lag behind.
    #[must_use]
    pub fn is_due(&self, step: Step, today: Date) -> bool {
        self.lifecycle == key::lifecycle(step, self.account.id) && self.since <= today
    }
}

impl Store {
    /// At most `most` accounts whose next step is `step` and is due by `today`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn due(&self, step: Step, today: Date, most: usize) -> Result<Vec<TenantId>, Error> {
        let mut due = Vec::new();
        for partition in key::lifecycle_partitions(step) {
            if due.len() >= most {
                break;
            }
            let query = Query {
                table: Table::Tenants,
                index: key::LIFECYCLE,
                hash: ("lifecycle", s(partition)),
                range: Some(("due_on", Range::UpTo(s(today)))),
                page: Some(PAGE),
            };
            self.query(query, |found| {
                let id = pk(&found).strip_prefix(key::TENANT).map(TenantId::try_from);
                let id = id.and_then(Result::ok);
                due.push(id.ok_or_else(|| Error::Unavailable("an account has no id".into()))?);
                Ok(stop_if(due.len() >= most))
            })
            .await?;
        }
        Ok(due)
    }

    /// Settles the mail that warned of the deactivation of `account`, and records the day of the
    /// warning, in one transaction. Stale: the account no longer closes on the day in the mail.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn settle_warning(
        &self,
        mail: &Claimed,
        account: &Account,
        warned_on: Date,
    ) -> Result<Write, Error> {
        let as_read = rules::account_closing_as_read(account)?;
        let warned = Action::update(Table::Tenants, key::tenant(account.id), as_read)
            .set("warned_on", &warned_on);
        self.transact(vec![self.settlement(mail, Final::Sent), warned]).await
    }

    /// The account `id` with its next step, if it has one.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_due(&self, id: TenantId) -> Result<Option<Due>, Error> {
        let row = self.find_item(Table::Tenants, key::tenant(id)).await?;
        row.filter(|row| row.contains_key("lifecycle")).map(read).transpose()
    }

    /// Sets the next plan and the exit date of `due`, and queues the mail to the tenant, if there
    /// is one.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn plan(
        &self,
        due: &Due,
        lease: &Lease,
        plan: Option<Plan>,
        notice: Option<&Notice>,
    ) -> Result<Write, Error> {
        let (account, ends_on) = (&due.account, lease.terms.ends_on);
        let id = account.id;
        let as_read = rules::account_step_as_read(account, &due.lifecycle, due.since)?;
        let change = Action::update(Table::Tenants, key::tenant(id), as_read)
            .set_or_remove("ends_on", ends_on.as_ref());
        let mut actions = vec![if account.ends_on == ends_on {
            set_plan(change, id, plan)
        } else {
            follow_plan(change, id, plan)
        }];
        if account.ends_on != ends_on {
            // An import may have changed both since the account was read, and changed both back.
            let (pk, held) =
                (key::lease(&account.lease), rules::lease_held_to_its_end(id, ends_on)?);
            actions.push(Action::update(Table::Tenants, pk, held).set("tenant", &id));
        }
        let mut what = What::Replanned;
        if let Some(notice) = notice {
            what = What::Warned;
            actions.push(self.tell(notice)?);
        }
        let end = ChangedEnd::between(account.ends_on, ends_on, plan);
        self.act(id, what.by(&By::Schedule).with(end.map(ChangedEnd::name)), actions).await
    }
}
