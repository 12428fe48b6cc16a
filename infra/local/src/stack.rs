//! A running stack.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::aws::{Held, Latency};
use crate::data::Data;
use crate::journal::Record;
use crate::leases::{self, FreeLease, LeasesError};
use crate::machine::Machine;
use crate::privilege::Privilege;
use crate::refusal::Refusal;
use crate::tasks::Tasks;

/// A running stack. Dropping it stops it.
pub struct Stack {
    pub(crate) machine: Arc<Machine>,
    pub(crate) address: String,
    pub(crate) aws_address: String,
    /// The tasks that invoke functions.
    pub(crate) front: Tasks,
    /// The services that functions call.
    pub(crate) back: Tasks,
    /// The directory of the state. Another stack may use it once this one is dropped.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(crate) data: Data,
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Stack {
    /// The URL of the portal, its API and the local controls, such as `http://127.0.0.1:3000`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The endpoint of `DynamoDB`, SES and Secrets Manager.
    #[must_use]
    pub fn aws_address(&self) -> &str {
        &self.aws_address
    }

    /// The environment variables of `function`, for running it in a process of its own.
    #[must_use]
    pub fn variables(&self, function: &str) -> Option<&[(String, String)]> {
        self.machine.functions.get(function).map(|function| function.variables())
    }

    /// The privileges that the functions have used so far.
    #[must_use]
    pub fn uses(&self) -> BTreeSet<Privilege> {
        self.machine.uses.all()
    }

    /// The refused calls of the functions so far.
    #[must_use]
    pub fn refusals(&self) -> BTreeSet<Refusal> {
        self.machine.refusals.all()
    }

    /// The records of the journal from this number on, if a journal is kept.
    #[must_use]
    pub fn records(&self, since: usize) -> Vec<Arc<Record>> {
        self.machine.journal.since(since)
    }

    /// Has a call to a service wait until what is returned is dropped: the one that the next
    /// invocation of `function` makes after `skip` others.
    #[must_use]
    pub fn hold(&self, function: &str, skip: usize) -> Held {
        self.machine.holds.hold(function, skip)
    }

    /// Has a call to `action` wait until what is returned is dropped: the one that any invocation of
    /// `function` makes after `skip` others.
    #[must_use]
    pub fn hold_at(&self, function: &str, action: &'static str, skip: usize) -> Held {
        self.machine.holds.hold_at(function, action, skip)
    }

    /// Has a service, by its name in faults, take so long for each call of a function.
    pub fn set_latency(&self, service: &'static str, latency: Latency) {
        self.machine.latencies.set(service, latency);
    }

    /// The time of the stack's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.machine.clock.now()
    }

    /// The sent mails from this number on, oldest first, as in `/_local/mails` but without their
    /// content.
    #[must_use]
    pub fn mails_since(&self, number: usize) -> Vec<Value> {
        let mails = self.machine.mailbox.since(number);
        mails.iter().filter_map(|mail| serde_json::to_value(mail).ok()).collect()
    }

    /// The names of the functions.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.machine.functions.keys().map(String::as_str)
    }

    /// Every row of each table, and the number of records in the journal at that moment; `None`
    /// while a row is being written.
    #[must_use]
    pub fn rows(&self) -> Option<(BTreeMap<String, Vec<Value>>, usize)> {
        let _turn = self.machine.journal.try_turn()?;
        let tables = &self.machine.template.tables;
        let rows = tables.iter().map(|table| {
            let rows = self.machine.engine.all_rows(table).ok()?;
            Some((table.name.clone(), rows))
        });
        Some((rows.collect::<Option<_>>()?, self.machine.journal.len()))
    }

    /// The first `count` free leases of the CSV file at `path`.
    ///
    /// # Errors
    ///
    /// When the file is not CSV.
    pub fn free_leases(&self, path: &Path, count: usize) -> Result<Vec<FreeLease>, LeasesError> {
        leases::free(&self.machine, path, count)
    }

    /// Stops the stack after running work is done: first the invocations, then the services.
    pub async fn shutdown(self) {
        self.front.finish().await;
        self.back.finish().await;
    }
}
