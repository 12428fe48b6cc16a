//! Imports leases, up to 100 at a time.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use ring::digest::{SHA256, digest};

use super::accounts::{follow_plan, follow_terms};
use super::action::Action;
use super::listed::Listed;
use super::rules;
use super::{MAX_ITEMS, Store, Table, Write, item, key, read, unavailable};
use crate::domain::{
    Account, Act, Agencies, By, Lease, LeaseReference, LeaseTerms, Plan, TenantId, What, in_paris,
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
    /// The lease is one of an agency that the importer does not look after. Nothing is written.
    NotCovered,
}

/// What changes of a known lease.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one kind of change")]
pub struct Changed {
    /// A name of the signatory.
    pub names: bool,
    /// The exit date.
    pub end: bool,
    /// The exit date: the lease ends earlier, or ends at all.
    pub brought_forward: bool,
    /// The agency or the adviser.
    pub agency: bool,
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
    /// What changes of the lease, if it was known.
    pub changed: Changed,
    /// A digest of the lease and its account before and after: another means another change. Only of
    /// a close survey.
    pub fingerprint: [u8; 16],
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

    /// What was done to the exit date: the outcome in the row of the act.
    #[must_use]
    pub fn name(self) -> &'static str {
        match (self.before, self.after) {
            (None, _) => "set",
            (Some(_), None) => "removed",
            (Some(_), Some(_)) => "moved",
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

impl Change {
    /// Nothing is changed: another agency looks after the lease.
    fn not_covered(self) -> Self {
        let (account, changes_account, end) = (None, false, None);
        let (outcome, changed) = (ImportOutcome::NotCovered, Changed::default());
        let imported =
            Imported { outcome, account, changes_account, end, changed, ..self.imported };
        Self { imported, actions: Vec::new(), ..self }
    }
}

impl Changed {
    fn between(before: &LeaseTerms, after: &LeaseTerms) -> Self {
        let names = |terms: &LeaseTerms| (terms.last_name.clone(), terms.first_name.clone());
        Self {
            names: names(before) != names(after),
            end: before.ends_on != after.ends_on,
            brought_forward: match (before.ends_on, after.ends_on) {
                (None, Some(_)) => true,
                (Some(before), Some(after)) => after < before,
                (_, None) => false,
            },
            agency: before.agency != after.agency || before.adviser != after.adviser,
        }
    }
}

/// A digest of what decides about a change.
fn fingerprint(
    terms: &LeaseTerms,
    known: Option<&Lease>,
    account: Option<&Account>,
) -> Result<[u8; 16], Error> {
    let account = account.map(|account| (account.id, account.ends_on, &account.last_name));
    let text = serde_json::to_vec(&(terms, known, account)).map_err(unavailable)?;
    let digest = digest(&SHA256, &text);
    let first = digest.as_ref().first_chunk();
    first.copied().ok_or_else(|| Error::Unavailable("a digest is too short".into()))
}

impl Store {
    /// What importing `terms` (at most 100, each reference once) would do. Nothing is written.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn survey_leases(
        &self,
        terms: &[LeaseTerms],
        covers: &Agencies,
    ) -> Result<Vec<Imported>, Error> {
        let changes = self.changes(terms.iter().enumerate().collect(), covers, false).await?;
        Ok(changes.into_iter().map(|change| change.imported).collect())
    }

    /// As [`survey_leases`](Self::survey_leases), with fingerprints.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn survey_leases_closely(
        &self,
        terms: &[LeaseTerms],
        covers: &Agencies,
    ) -> Result<Vec<Imported>, Error> {
        let changes = self.changes(terms.iter().enumerate().collect(), covers, true).await?;
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
        covers: &Agencies,
        by: &By,
        note: impl Fn(&Imported, Result<(), &Error>),
    ) -> Result<Vec<Imported>, Error> {
        let mut imported: Vec<Option<Imported>> = vec![None; terms.len()];
        let mut open: Vec<(usize, &LeaseTerms)> = terms.iter().enumerate().collect();
        for attempt in 0..ATTEMPTS {
            let changes = self.changes(open, covers, false).await?;
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
    async fn changes(
        &self,
        terms: Vec<(usize, &LeaseTerms)>,
        covers: &Agencies,
        closely: bool,
    ) -> Result<Vec<Change>, Error> {
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
            let (known, account) = (known.get(&terms.reference), accounts.get(&terms.reference));
            let mut change = self.change(position, terms, known, account)?;
            let lease = known.map(|known| &known.lease);
            if closely {
                change.imported.fingerprint = fingerprint(terms, lease, account)?;
            }
            let is_covered = lease.is_none_or(|lease| covers.cover(&lease.terms.agency));
            Ok(if is_covered { change } else { change.not_covered() })
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
        let (listed, lease) = (Listed::by_name(terms), known.map(|known| &known.lease));
        let mut imported = Imported {
            outcome: ImportOutcome::Unchanged,
            account: account.map(|account| account.id),
            changes_account: false,
            end: None,
            changed: lease.map(|lease| Changed::between(&lease.terms, terms)).unwrap_or_default(),
            fingerprint: [0; 16],
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
