//! Imports leases, up to 100 at a time.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::accounts::{follow_plan, follow_terms};
use super::action::Action;
use super::listed::Listed;
use super::rules;
use super::{MAX_ITEMS, Store, Table, Write, item, key, read};
use crate::domain::{
    Account, Act, By, Lease, LeaseReference, LeaseTerms, Plan, TenantId, What, in_paris,
};
use crate::error::Error;

/// How often the import of a lease is tried while others write the same lease.
const ATTEMPTS: u32 = 5;

/// What an import did to a lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ImportOutcome {
    /// The lease was not known.
    Created,
    /// The lease had other terms.
    Updated,
    /// The lease already had these terms.
    Unchanged,
}

/// An imported lease, and the effect on its account.
#[derive(Clone, Copy, Debug)]
pub struct Imported {
    /// What the import did to the lease.
    pub outcome: ImportOutcome,
    /// The account that holds the lease, if there is one.
    pub account: Option<TenantId>,
    /// Whether the account changes: its exit date, its names or its contacts.
    pub changes_account: bool,
    /// The change of the account's exit date, if it changes.
    pub end: Option<ChangedEnd>,
}

/// A change of the exit date of a lease that has an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChangedEnd {
    /// The former exit date; `None` if there was none.
    pub before: Option<Date>,
    /// The new exit date; `None` if there is none.
    pub after: Option<Date>,
    /// The account's new plan.
    pub plan: Option<Plan>,
}

impl Imported {
    /// The change of the account as an act of `by`; `None` if the account does not change.
    fn act<'a>(&self, by: &'a By) -> Option<Act<'a>> {
        let act = match self.end {
            Some(end) => What::ExitDateChanged.by(by).with(Some(end.name())),
            None => What::DetailsChanged.by(by),
        };
        self.changes_account.then_some(act)
    }
}

impl ChangedEnd {
    /// The change of an exit date from `before` to `after`; `None` if they are equal.
    pub(super) fn between(
        before: Option<Date>,
        after: Option<Date>,
        plan: Option<Plan>,
    ) -> Option<Self> {
        (before != after).then_some(Self { before, after, plan })
    }

    /// What was done to the exit date: the outcome in the audit trail and in the row of the act.
    #[must_use]
    pub fn name(self) -> &'static str {
        match (self.before, self.after) {
            (None, _) => "exit_date_set",
            (Some(_), None) => "exit_date_removed",
            (Some(_), Some(_)) => "exit_date_moved",
        }
    }

    /// Whether the account had no end or a later one.
    #[must_use]
    pub fn ends_or_brings_forward(&self) -> bool {
        match (self.before, self.after) {
            (None, Some(_)) => true,
            (Some(before), Some(after)) => after < before,
            (_, None) => false,
        }
    }
}

/// A lease that is stored, and where the index lists it.
struct Known {
    lease: Lease,
    listed: Option<Listed>,
}

/// The writes of one lease. `position` is its place in the list to import.
struct Change {
    position: usize,
    imported: Imported,
    actions: Vec<Action>,
}

impl Store {
    /// What importing `terms` (at most 100, each reference once) would do. Nothing is written.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn survey_leases(&self, terms: &[LeaseTerms]) -> Result<Vec<Imported>, Error> {
        let changes = self.changes(terms.iter().enumerate().collect()).await?;
        Ok(changes.into_iter().map(|change| change.imported).collect())
    }

    /// Has `by` write `terms` (at most 100, each reference once). A lease keeps its account, and the
    /// account's names and plan change in the same transaction. `note` is called for each change as
    /// soon as it is made, or may be made because the response was lost.
    ///
    /// # Errors
    ///
    /// `unavailable`. Some leases may be written then. Importing again writes the rest.
    pub async fn import_leases(
        &self,
        terms: &[LeaseTerms],
        by: &By,
        note: impl Fn(&Imported, Result<(), &Error>),
    ) -> Result<Vec<Imported>, Error> {
        let mut imported: Vec<Option<Imported>> = vec![None; terms.len()];
        let mut open: Vec<(usize, &LeaseTerms)> = terms.iter().enumerate().collect();
        for attempt in 0..ATTEMPTS {
            let changes = self.changes(open).await?;
            let refused =
                self.write_changes(changes, by, attempt == 0, &mut imported, &note).await?;
            open = refused.into_iter().filter_map(|at| Some((at, terms.get(at)?))).collect();
            if open.is_empty() {
                return Ok(imported.into_iter().flatten().collect());
            }
        }
        Err(Error::Unavailable("a lease kept changing".into()))
    }

    /// Has `by` write `changes`: if `together`, as many as fit in each transaction, else one by one.
    /// Returns the positions of the leases that were changed by others since they were read.
    async fn write_changes(
        &self,
        changes: Vec<Change>,
        by: &By,
        together: bool,
        imported: &mut [Option<Imported>],
        note: &impl Fn(&Imported, Result<(), &Error>),
    ) -> Result<Vec<usize>, Error> {
        let mut refused = Vec::new();
        for batch in batches(changes, together) {
            let mut actions = Vec::new();
            for Change { imported, actions: own, .. } in &batch {
                actions.extend(own.iter().cloned());
                if let (Some(account), Some(act)) = (imported.account, imported.act(by)) {
                    actions.push(self.record(account, act)?);
                }
            }
            let written =
                if actions.is_empty() { Ok(Write::Done) } else { self.transact(actions).await };
            if let Err(error) = &written {
                for change in &batch {
                    note(&change.imported, Err(error));
                }
            }
            let done = written?.is_done();
            for change in batch {
                match imported.get_mut(change.position) {
                    Some(imported) if done => {
                        note(&change.imported, Ok(()));
                        *imported = Some(change.imported);
                    }
                    _ => refused.push(change.position),
                }
            }
        }
        Ok(refused)
    }

    /// The writes needed for `terms`, each with its position.
    async fn changes(&self, terms: Vec<(usize, &LeaseTerms)>) -> Result<Vec<Change>, Error> {
        let keys = terms.iter().map(|(_, terms)| key::lease(&terms.reference));
        let mut known: HashMap<LeaseReference, Known> = HashMap::new();
        for item in self.find_all(Table::Tenants, keys.collect()).await? {
            let listed = Listed::of(&item);
            let lease: Lease = read(item)?;
            known.insert(lease.terms.reference.clone(), Known { lease, listed });
        }
        // A set: a household that changes its lease at this moment may hold two of them.
        let held: HashSet<_> = known.values().filter_map(|known| known.lease.tenant).collect();
        let mut accounts: HashMap<LeaseReference, Account> = HashMap::new();
        let held = held.into_iter().map(key::tenant).collect();
        for item in self.find_all(Table::Tenants, held).await? {
            let account: Account = read(item)?;
            accounts.insert(account.lease.clone(), account);
        }
        let change = |(position, terms): (usize, &LeaseTerms)| {
            let account = accounts.get(&terms.reference);
            self.change(position, terms, known.get(&terms.reference), account)
        };
        terms.into_iter().map(change).collect()
    }

    fn change(
        &self,
        position: usize,
        terms: &LeaseTerms,
        known: Option<&Known>,
        account: Option<&Account>,
    ) -> Result<Change, Error> {
        let listed = Listed::by_name(terms);
        let mut imported = Imported {
            outcome: ImportOutcome::Unchanged,
            account: account.map(|account| account.id),
            changes_account: false,
            end: None,
        };
        let mut actions = Vec::new();
        let Some(known) = known else {
            imported.outcome = ImportOutcome::Created;
            let item = listed.in_item(item(key::lease(&terms.reference), terms)?);
            actions.push(Action::put(Table::Tenants, item, rules::lease_new()));
            return Ok(Change { position, imported, actions });
        };
        let stale = account.filter(|account| !account.agrees_with(terms));
        if known.lease.terms != *terms || stale.is_some() {
            imported.outcome = ImportOutcome::Updated;
            actions.push(listed.put_into(update_lease(terms, &known.lease)?));
        } else if known.listed.as_ref() != Some(&listed) {
            // The lease was imported before the index existed, or before names were folded so.
            actions.push(listed.put_into(update_lease(terms, &known.lease)?));
        }
        if let Some(account) = stale {
            let plan = Plan::of_active(terms.ends_on, in_paris(self.clock.now()));
            imported.changes_account = true;
            // A change of names keeps the plan, so that a warning is not repeated.
            imported.end = ChangedEnd::between(account.ends_on, terms.ends_on, plan);
            let pk = key::tenant(account.id);
            // The decisions above rely on the account's exit date and names, so the write does too.
            let as_read = rules::account_terms_as_read(account)?;
            let follow = Action::update(Table::Tenants, pk, as_read);
            let follow = follow_terms(follow, terms);
            actions.push(match imported.end {
                Some(_) => follow_plan(follow, account.id, plan),
                None => follow,
            });
        }
        Ok(Change { position, imported, actions })
    }
}

/// Sets the terms of `known`. The lease must still have the account that was read, and keeps it.
fn update_lease(terms: &LeaseTerms, known: &Lease) -> Result<Action, Error> {
    let as_read = rules::lease_holder_as_read(known.tenant)?;
    let update = Action::update(Table::Tenants, key::lease(&terms.reference), as_read);
    Ok(follow_terms(update, terms))
}

/// `changes` in transactions: as many as fit if `together`, else one each.
fn batches(changes: Vec<Change>, together: bool) -> Vec<Vec<Change>> {
    let mut batches: Vec<Vec<Change>> = Vec::new();
    let mut size = MAX_ITEMS;
    for change in changes {
        // The account's change has a row of its own as an act.
        let items = change.actions.len() + usize::from(change.imported.changes_account);
        match batches.last_mut() {
            Some(batch) if together && size + items <= MAX_ITEMS => {
                size += items;
                batch.push(change);
            }
            _ => {
                size = items;
                batches.push(vec![change]);
            }
        }
    }
    batches
}
