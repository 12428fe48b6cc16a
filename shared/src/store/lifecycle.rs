//! Accounts that have a next step.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::expression::{put_new, s, update};
use super::{Item, Notice, Store, item, key, read, unavailable, value};
use crate::domain::{Account, Lease, NextStep, Status, Step, TenantId};
use crate::error::Error;

/// How many accounts one query brings at most.
const PAGE: i32 = 500;

/// An account whose next step is due, as it is at this moment.
#[derive(Debug, Deserialize)]
pub struct Due {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    lifecycle: String,
    #[serde(rename = "due_on")]
    since: Date,
}

/// What is kept of an erased account: nothing that names anyone.
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

impl Due {
    /// Whether `step` is what it is due for on `today`: the index may lag behind.
    #[must_use]
    pub fn is_due(&self, step: Step, today: Date) -> bool {
        self.lifecycle == step.partition(self.account.id) && self.since <= today
    }
}

impl Store {
    /// At most `most` accounts whose next step is `step` and was due by `today`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn due(&self, step: Step, today: Date, most: usize) -> Result<Vec<TenantId>, Error> {
        let mut due = Vec::new();
        for partition in step.partitions() {
            let pages = self
                .client
                .query()
                .table_name(&self.tenants)
                .index_name(key::LIFECYCLE)
                .key_condition_expression("lifecycle = :partition AND due_on <= :today")
                .expression_attribute_values(":partition", s(partition))
                .expression_attribute_values(":today", s(today));
            let mut items = pages.into_paginator().page_size(PAGE).items().send();
            while due.len() < most
                && let Some(item) = items.next().await
            {
                due.push(key::read_tenant(&item.map_err(unavailable)?)?);
            }
        }
        Ok(due)
    }

    /// The account `id` with its next step, if it has one.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_due(&self, id: TenantId) -> Result<Option<Due>, Error> {
        let row = self.find_item(&self.tenants, key::tenant(id)).await?;
        row.filter(|row| row.contains_key("lifecycle")).map(read).transpose()
    }

    /// Gives `due` its next step, and what its lease says of its end; tells the tenant, if there
    /// is something to tell. Whether it was done; not when somebody else has moved it.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn plan(
        &self,
        due: &Due,
        lease: &Lease,
        next: Option<NextStep>,
        notice: Option<&Notice>,
    ) -> Result<bool, Error> {
        let mut values = vec![
            (":active", value(&Status::Active)?),
            (":read_lifecycle", s(&due.lifecycle)),
            (":read_due_on", s(due.since)),
        ];
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        match lease.ends_on {
            Some(ends_on) => {
                set.push("ends_on = :ends_on");
                values.push((":ends_on", value(&ends_on)?));
            }
            None => remove.push("ends_on"),
        }
        match next {
            Some(next) => {
                set.extend(["lifecycle = :lifecycle", "due_on = :due_on"]);
                values.push((":lifecycle", s(next.step.partition(due.account.id))));
                values.push((":due_on", s(next.due_on)));
            }
            None => remove.extend(["lifecycle", "due_on"]),
        }
        let clause = |word: &str, parts: Vec<&str>| {
            if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
        };
        let mut actions = vec![update(
            &self.tenants,
            key::tenant(due.account.id),
            &(clause("SET", set) + &clause("REMOVE", remove)),
            "#status = :active AND lifecycle = :read_lifecycle AND due_on = :read_due_on",
            values,
        )?];
        if let Some(notice) = notice {
            actions.push(put_new(&self.tokens, self.notice(notice)?)?);
        }
        Ok(self.transact(actions).await?.is_empty())
    }

    /// Erases `due`, in one transaction: what is left names nobody, and the lease no longer
    /// leads to it. Whether it was done.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn erase(&self, due: &Due) -> Result<bool, Error> {
        let account = &due.account;
        let trace = Trace {
            id: account.id,
            created_at: account.created_at,
            deactivated_at: account.closure.as_ref().map(|closure| closure.at),
            erased_at: self.clock.now(),
        };
        let trace = self.replace_tenant(due, item(key::tenant(account.id), &trace)?)?;
        let mut actions = vec![trace];
        let lease = self.find_lease(&account.lease).await?;
        if lease.is_some_and(|lease| lease.last_tenant == Some(account.id)) {
            actions.push(update(
                &self.tenants,
                key::lease(&account.lease),
                "REMOVE last_tenant",
                "last_tenant = :tenant",
                vec![(":tenant", s(account.id))],
            )?);
        }
        Ok(self.transact(actions).await?.is_empty())
    }

    /// Puts `item` in place of `due`, if it still is what it was.
    fn replace_tenant(
        &self,
        due: &Due,
        item: Item,
    ) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
        let put = aws_sdk_dynamodb::types::Put::builder()
            .table_name(&self.tenants)
            .set_item(Some(item))
            .condition_expression("lifecycle = :lifecycle AND due_on = :due_on")
            .expression_attribute_values(":lifecycle", s(&due.lifecycle))
            .expression_attribute_values(":due_on", s(due.since))
            .build()
            .map_err(unavailable)?;
        Ok(aws_sdk_dynamodb::types::TransactWriteItem::builder().put(put).build())
    }
}
