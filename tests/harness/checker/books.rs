//! Collects the journal of a stack: each row in each of its states, and each invocation with what
//! it read, wrote and logged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use local::{Event, Record};
use serde_json::Value;

use super::row::Row;
use super::trail::{self, Line};

/// A state of a row: the number of the record that made it, and the row; `None` if it was deleted.
type Version = (usize, Option<Arc<Row>>);

/// A table and a key.
pub(super) type Key = (String, String);

/// The tables now and in every earlier state, with the invocations that changed them.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// The time of the stack's clock.
    pub(super) now: Timestamp,
    /// Every state of each row, oldest first.
    versions: BTreeMap<Key, Vec<Version>>,
    /// The rows of `tenants`.
    pub(super) tenants: BTreeMap<String, Arc<Row>>,
    /// The rows of `tokens`.
    pub(super) tokens: BTreeMap<String, Arc<Row>>,
    /// The keys of the rows of `tokens` that were written since the last [`forget`](Self::forget).
    pub(super) touched: BTreeSet<String>,
    /// The names of the functions. Any other writer is a test.
    pub(super) functions: BTreeSet<String>,
    /// The environment variables of the functions.
    pub(super) variables: BTreeMap<String, String>,
    pub(super) invocations: BTreeMap<u64, Invocation>,
    /// The mails, oldest first.
    pub(super) mails: Vec<Value>,
    /// The mails of each row, as positions in `mails`.
    mails_by_row: BTreeMap<String, Vec<usize>>,
    /// The rows that had a mail since the last [`forget`](Self::forget).
    pub(super) mailed: BTreeSet<String>,
    /// The claims of each mail: the number of the record, and the invocation.
    claims: BTreeMap<String, Vec<(usize, Option<u64>)>>,
    /// The invocations that a fault struck.
    struck: BTreeSet<u64>,
    /// The number of the record with which each invocation ended.
    ends: BTreeMap<u64, usize>,
    /// The calls to SES, by the row of their mail.
    pub(super) sends: BTreeMap<String, Vec<Sending>>,
    /// Whether any call to SES was struck by a fault.
    pub(super) ses_failed: bool,
    /// Whether any call to the tables was struck by a fault.
    pub(super) tables_failed: bool,
    /// The rows that each function has changed: function and account.
    pub(super) acts: BTreeSet<(String, String)>,
    /// The keys of the rows that a test wrote.
    pub(super) by_hand: BTreeSet<String>,
}

/// A mail that was passed to SES.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    /// The number of its record in the journal.
    number: usize,
    pub(super) invocation: Option<u64>,
    pub(super) taken: bool,
    /// Whether the function cannot know that SES took the mail.
    pub(super) unanswered: bool,
}

/// One invocation of a function.
#[derive(Debug, Default)]
pub(super) struct Invocation {
    pub(super) function: String,
    pub(super) calls: Vec<Call>,
    /// The lines that it wrote to the audit trail.
    pub(super) lines: Vec<Line>,
    /// The status of its answer, and the time of its end; `None` while it runs.
    pub(super) ended: Option<(Option<u64>, Timestamp)>,
    /// Whether a fault struck any of its calls.
    pub(super) struck: bool,
}

/// A call of an invocation.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The number of its record in the journal.
    pub(super) number: usize,
    pub(super) record: Arc<Record>,
}

/// A row that was written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) table: String,
    pub(super) key: String,
    pub(super) before: Option<Arc<Row>>,
    pub(super) after: Option<Arc<Row>>,
}

/// The rows that one write or one transaction changed.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) function: String,
    pub(super) rows: Vec<Written>,
}

impl Entry {
    /// The written rows whose key is of this kind.
    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Written> {
        self.rows.iter().filter(move |row| super::row::split(&row.key).0 == kind)
    }
}

impl Books {
    /// Empty books for a stack with these `functions` and `variables`.
    pub(super) fn of(functions: BTreeSet<String>, variables: BTreeMap<String, String>) -> Self {
        Self { functions, variables, ..Self::default() }
    }

    /// Enters `record`, and returns what it wrote.
    pub(super) fn enter(&mut self, number: usize, record: &Arc<Record>) -> Option<Entry> {
        self.enter_call(number, record);
        let Event::Write(changes) = &record.event else {
            return None;
        };
        let mut rows = Vec::new();
        for change in changes {
            let (table, key) = (change.table.clone(), change.key.clone());
            let [before, after] = [&change.before, &change.after]
                .map(|it| it.as_ref().map(|it| Arc::new(Row::of(it))));
            if before == after {
                continue;
            }
            let rows_of = if table == "tenants" { &mut self.tenants } else { &mut self.tokens };
            match &after {
                Some(row) => rows_of.insert(key.clone(), Arc::clone(row)),
                None => rows_of.remove(&key),
            };
            if table == "tokens" {
                self.touched.insert(key.clone());
            }
            if !self.functions.contains(&record.function) {
                self.by_hand.insert(key.clone());
            }
            let attempts = |row: &Option<Arc<Row>>| row.as_ref()?.number("attempts");
            if before.is_some() && attempts(&before) < attempts(&after) {
                self.claims.entry(key.clone()).or_default().push((number, record.invocation));
            }
            let versions = self.versions.entry((table.clone(), key.clone())).or_default();
            if versions.is_empty() {
                versions.push((0, before.clone()));
            }
            versions.push((number, after.clone()));
            rows.push(Written { table, key, before, after });
        }
        (!rows.is_empty()).then(|| Entry { function: record.function.clone(), rows })
    }

    fn enter_call(&mut self, number: usize, record: &Arc<Record>) {
        if record.fault.is_some() {
            let ses = matches!(record.event, Event::Send { .. });
            *(if ses { &mut self.ses_failed } else { &mut self.tables_failed }) = true;
        }
        if let Event::Send { row, taken } = &record.event {
            let unanswered = matches!(record.fault, Some("lost-answer" | "slow"));
            let (taken, invocation) = (*taken, record.invocation);
            let sending = Sending { number, invocation, taken, unanswered };
            self.sends.entry(row.replacen('_', "#", 1)).or_default().push(sending);
        }
        let Some(id) = record.invocation else { return };
        let invocation = self.invocations.entry(id).or_default();
        invocation.function.clone_from(&record.function);
        if record.fault.is_some() {
            invocation.struck = true;
            self.struck.insert(id);
        }
        if let Event::End { status, .. } = &record.event {
            self.ends.insert(id, number);
            invocation.ended = Some((*status, record.at));
            invocation.lines = trail::take(id);
        } else {
            invocation.calls.push(Call { number, record: Arc::clone(record) });
        }
    }

    /// The row `key` when the record `number` was written.
    pub(super) fn as_of(&self, table: &str, key: &str, number: usize) -> Option<Arc<Row>> {
        let versions = self.versions.get(&(table.to_owned(), key.to_owned()))?;
        versions.iter().rev().find(|(since, _)| *since <= number)?.1.clone()
    }

    /// Every state of the row `key` between the records `since` and `until`.
    pub(super) fn between(
        &self,
        table: &str,
        key: &str,
        since: usize,
        until: usize,
    ) -> Vec<Arc<Row>> {
        let first = since.checked_sub(1).map_or_else(
            || {
                let versions = self.versions.get(&(table.to_owned(), key.to_owned()));
                versions.and_then(|versions| versions.first()?.1.clone())
            },
            |before| self.as_of(table, key, before),
        );
        let versions = self.versions.get(&(table.to_owned(), key.to_owned()));
        let later = versions.into_iter().flatten();
        let later = later.filter(|(at, _)| (since..=until).contains(at));
        first.into_iter().chain(later.filter_map(|(_, row)| row.clone())).collect()
    }

    /// The account `id`, also if it has ended.
    pub(super) fn account(&self, id: &str) -> Option<&Arc<Row>> {
        self.tenants.get(&format!("tenant#{id}"))
    }

    /// Whether the account `id` exists, or was a synthetic household's and is gone.
    pub(super) fn is_or_was(&self, id: &str) -> bool {
        let key = ("tenants".to_owned(), format!("tenant#{id}"));
        self.account(id).is_some() || self.versions.contains_key(&key)
    }

    /// The rows of `tenants` of one kind, each with its id.
    pub(super) fn tenants_of<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Arc<Row>)> {
        let rows = self.tenants.iter().map(|(key, row)| (super::row::split(key), row));
        rows.filter(move |((of, _), _)| *of == kind).map(|((_, id), row)| (id, row))
    }

    /// The rows of `tokens` that were written since the last [`forget`](Self::forget).
    pub(super) fn touched(&self) -> impl Iterator<Item = (&String, &Arc<Row>)> {
        self.touched.iter().filter_map(|key| self.tokens.get_key_value(key))
    }

    /// Whether `function` is a function of the stack. Any other writer is a test.
    pub(super) fn is_function(&self, function: &str) -> bool {
        self.functions.contains(function)
    }

    /// A limit of the configuration; `usual` if no variable sets it.
    pub(super) fn limit(&self, name: &str, usual: i64) -> i64 {
        self.variables.get(name).and_then(|limit| limit.parse().ok()).unwrap_or(usual)
    }

    /// Enters a mail that SES took.
    pub(super) fn enter_mail(&mut self, mail: Value) {
        let row = mail["tags"]["row"].as_str().unwrap_or_default().replacen('_', "#", 1);
        self.mails_by_row.entry(row.clone()).or_default().push(self.mails.len());
        self.mailed.insert(row);
        self.mails.push(mail);
    }

    /// The mails of the row `key`.
    pub(super) fn mails_of<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Value> {
        let mails = self.mails_by_row.get(key).into_iter().flatten();
        mails.filter_map(|number| self.mails.get(*number))
    }

    /// The addresses whose credentials name each account.
    pub(super) fn addresses(&self) -> BTreeMap<&str, Vec<&str>> {
        self.naming("email")
    }

    /// The leases that name each account as their tenant.
    pub(super) fn leases(&self) -> BTreeMap<&str, Vec<&str>> {
        self.naming("lease")
    }

    fn naming<'a>(&'a self, kind: &'a str) -> BTreeMap<&'a str, Vec<&'a str>> {
        let mut naming: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, row) in self.tenants_of(kind) {
            if let Some(tenant) = row.text("tenant") {
                naming.entry(tenant).or_default().push(id);
            }
        }
        naming
    }

    /// Whether the function could not know, or could not record, that SES took the mail of `send`.
    pub(super) fn may_be_unknown(&self, send: &Sending) -> bool {
        let of = send.invocation;
        send.unanswered
            || of.is_none_or(|id| self.struck.contains(&id))
            || of.and_then(|id| self.invocations.get(&id)).is_some_and(|it| it.ended.is_none())
    }

    /// How often the row `key` may have been mailed again without a fault of its functions: an
    /// answer of SES or our record of it was lost, or the claim ran out while SES was called,
    /// because a test moved the clock.
    pub(super) fn may_be_repeated(&self, key: &str) -> usize {
        let sends = self.sends.get(key).map(Vec::as_slice).unwrap_or_default();
        let next = sends.iter().skip(1).map(Some).chain([None]);
        let repeated = sends.iter().zip(next).filter(|(send, next)| {
            let overtaken = next.is_some_and(|next| self.is_overtaken(key, send, next));
            send.taken && (overtaken || self.may_be_unknown(send))
        });
        repeated.count()
    }

    /// Whether the row `key` was claimed for `next` while the invocation of `send` was still
    /// running.
    fn is_overtaken(&self, key: &str, send: &Sending, next: &Sending) -> bool {
        let claims = self.claims.get(key).map(Vec::as_slice).unwrap_or_default();
        let claim_of = |send: &Sending| {
            let theirs = claims.iter().rev().filter(|(_, by)| *by == send.invocation);
            theirs.map(|(number, _)| *number).find(|number| *number < send.number)
        };
        let (Some(claim), Some(later)) = (claim_of(send), claim_of(next)) else {
            return false;
        };
        let end = send.invocation.and_then(|id| self.ends.get(&id));
        later > claim && end.is_none_or(|end| *end > later)
    }

    /// Forgets what was read since the last time: a new reading begins.
    pub(super) fn forget(&mut self) {
        self.touched.clear();
        self.mailed.clear();
        self.invocations.retain(|_, invocation| invocation.ended.is_none());
    }
}
