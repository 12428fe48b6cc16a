//! Importing leases, many at a time.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, TransactWriteItem};

use super::expression::{put_new, s, update};
use super::{Item, Store, item, key, read, unavailable, value};
use crate::domain::{Account, Lease, LeaseReference, NextStep, Status, in_paris};
use crate::error::Error;

/// How many items one `BatchGetItem` or `TransactWriteItems` takes.
const MAX_ITEMS: usize = 100;
/// How often a lease that somebody else writes at the same time is looked at again.
const ATTEMPTS: u32 = 5;

/// What became of imported leases, in the order they came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ImportOutcome {
    /// It was not known.
    Created,
    /// It was known otherwise.
    Updated,
    /// It was known as it is.
    Unchanged,
}

/// A lease to write, as it is to be and as it was read.
struct Change {
    position: usize,
    actions: Vec<TransactWriteItem>,
    outcome: ImportOutcome,
}

impl Store {
    /// Writes what `leases` (at most 100, each reference once) say of themselves; what their
    /// account is stays, and the account's names and next step move in the same transaction.
    ///
    /// # Errors
    ///
    /// `unavailable`; some may be written then, and importing again writes the rest.
    pub async fn import_leases(&self, leases: &[Lease]) -> Result<Vec<ImportOutcome>, Error> {
        let mut outcomes = vec![ImportOutcome::Unchanged; leases.len()];
        let mut changes = self.changes(leases.iter().enumerate().collect()).await?;
        let mut attempts = 0;
        while !changes.is_empty() {
            attempts += 1;
            if attempts > ATTEMPTS {
                return Err(Error::Unavailable("a lease kept changing".into()));
            }
            let refused = self.write_changes(changes, attempts == 1, &mut outcomes).await?;
            let again = refused.into_iter().filter_map(|at| Some((at, leases.get(at)?)));
            changes = self.changes(again.collect()).await?;
        }
        Ok(outcomes)
    }

    /// Writes `changes`, as many as fit at a time where `together`, else one by one. The
    /// positions of those that were no longer as read.
    async fn write_changes(
        &self,
        changes: Vec<Change>,
        together: bool,
        outcomes: &mut [ImportOutcome],
    ) -> Result<Vec<usize>, Error> {
        let mut refused = Vec::new();
        let mut batch: Vec<Change> = Vec::new();
        let mut batches = Vec::new();
        for change in changes {
            let size: usize = batch.iter().map(|change| change.actions.len()).sum();
            let full = size + change.actions.len() > MAX_ITEMS;
            if !batch.is_empty() && (full || !together) {
                batches.push(std::mem::take(&mut batch));
            }
            batch.push(change);
        }
        batches.push(batch);
        for batch in batches {
            let actions = batch.iter().flat_map(|change| change.actions.clone()).collect();
            let done = self.transact(actions).await?.is_empty();
            for change in batch {
                match outcomes.get_mut(change.position) {
                    Some(outcome) if done => *outcome = change.outcome,
                    _ => refused.push(change.position),
                }
            }
        }
        Ok(refused)
    }

    /// What has to be written for `leases`, each with its position.
    async fn changes(&self, leases: Vec<(usize, &Lease)>) -> Result<Vec<Change>, Error> {
        if leases.is_empty() {
            return Ok(Vec::new());
        }
        let keys = leases.iter().map(|(_, lease)| key::lease(&lease.reference));
        let mut known: HashMap<LeaseReference, Lease> = HashMap::new();
        for item in self.find_all(keys.collect()).await? {
            let lease: Lease = read(item)?;
            known.insert(lease.reference.clone(), lease);
        }
        let held = known.values().filter_map(|lease| lease.tenant).map(key::tenant);
        let mut accounts: HashMap<LeaseReference, Account> = HashMap::new();
        for item in self.find_all(held.collect()).await? {
            let account: Account = read(item)?;
            accounts.insert(account.lease.clone(), account);
        }
        let mut changes = Vec::new();
        for (position, lease) in leases {
            let account = accounts.get(&lease.reference);
            match known.get(&lease.reference) {
                None => {
                    let item = item(key::lease(&lease.reference), lease)?;
                    let actions = vec![put_new(&self.tenants, item)?];
                    changes.push(Change { position, actions, outcome: ImportOutcome::Created });
                }
                Some(known) => {
                    let stale = account.filter(|account| !account.agrees_with(lease));
                    if known.says_the_same_as(lease) && stale.is_none() {
                        continue;
                    }
                    let mut actions = vec![self.update_lease(lease, known)?];
                    if let Some(account) = stale {
                        actions.push(self.follow_lease(account, lease)?);
                    }
                    let outcome = ImportOutcome::Updated;
                    changes.push(Change { position, actions, outcome });
                }
            }
        }
        Ok(changes)
    }

    /// Makes `known` say what `lease` does; whose it is must be as it was read, and stays.
    fn update_lease(&self, lease: &Lease, known: &Lease) -> Result<TransactWriteItem, Error> {
        let mut values = vec![
            (":last_name", value(&lease.last_name)?),
            (":first_name", value(&lease.first_name)?),
            (":agency", value(&lease.agency)?),
        ];
        let mut set =
            "SET last_name = :last_name, first_name = :first_name, agency = :agency".to_owned();
        let mut remove = Vec::new();
        match &lease.adviser {
            Some(adviser) => {
                set.push_str(", adviser = :adviser");
                values.push((":adviser", value(adviser)?));
            }
            None => remove.push("adviser"),
        }
        match lease.ends_on {
            Some(ends_on) => {
                set.push_str(", ends_on = :ends_on");
                values.push((":ends_on", value(&ends_on)?));
            }
            None => remove.push("ends_on"),
        }
        let condition = match known.tenant {
            Some(tenant) => {
                values.push((":tenant", s(tenant)));
                "tenant = :tenant"
            }
            None => "attribute_exists(pk) AND attribute_not_exists(tenant)",
        };
        let change = set + &removal(&remove);
        update(&self.tenants, key::lease(&lease.reference), &change, condition, values)
    }

    /// Makes `account` say what its `lease` says, and moves its next step.
    fn follow_lease(&self, account: &Account, lease: &Lease) -> Result<TransactWriteItem, Error> {
        let today = in_paris(self.clock.now());
        let mut values = vec![
            (":lease", value(&lease.reference)?),
            (":active", value(&Status::Active)?),
            (":last_name", value(&lease.last_name)?),
            (":first_name", value(&lease.first_name)?),
            (":agency", value(&lease.agency)?),
        ];
        let mut set =
            "SET last_name = :last_name, first_name = :first_name, agency = :agency".to_owned();
        let mut remove = Vec::new();
        match lease.ends_on {
            Some(ends_on) => {
                set.push_str(", ends_on = :ends_on");
                values.push((":ends_on", value(&ends_on)?));
            }
            None => remove.push("ends_on"),
        }
        // Names that change leave the step where it is: a warning given is not given again.
        if account.ends_on != lease.ends_on {
            match NextStep::of_active(lease.ends_on, today) {
                Some(next) => {
                    set.push_str(", lifecycle = :lifecycle, due_on = :due_on");
                    values.push((":lifecycle", s(next.step.partition(account.id))));
                    values.push((":due_on", s(next.due_on)));
                }
                None => remove.extend(["lifecycle", "due_on"]),
            }
        }
        update(
            &self.tenants,
            key::tenant(account.id),
            &(set + &removal(&remove)),
            "lease = :lease AND #status = :active",
            values,
        )
    }

    /// The items of `keys` in the table of what lasts, in no order.
    async fn find_all(&self, keys: Vec<String>) -> Result<Vec<Item>, Error> {
        let mut found = Vec::new();
        let mut wanted: Vec<HashMap<String, AttributeValue>> =
            keys.into_iter().map(|pk| HashMap::from([("pk".to_owned(), s(pk))])).collect();
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(MAX_ITEMS));
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build()
                .map_err(unavailable)?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.tenants, keys)
                .send()
                .await
                .map_err(unavailable)?;
            let mut tables = answer.responses.unwrap_or_default();
            found.extend(tables.remove(&self.tenants).unwrap_or_default());
            wanted = rest;
            let mut left = answer.unprocessed_keys.unwrap_or_default();
            if let Some(left) = left.remove(&self.tenants) {
                wanted.extend(left.keys);
            }
        }
        Ok(found)
    }
}

/// The clause that removes `attributes`, if there are any.
fn removal(attributes: &[&str]) -> String {
    if attributes.is_empty() { String::new() } else { format!(" REMOVE {}", attributes.join(", ")) }
}
