//! A stack that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::data::Data;
use crate::journal::Record;
use crate::leases::{self, FreeLease, LeasesError};
use crate::machine::Machine;
use crate::privilege::Privilege;
use crate::refusal::Refusal;
use crate::tasks::Tasks;

/// A stack that runs. Dropping it stops it.
pub struct Stack {
    pub(crate) machine: Arc<Machine>,
    pub(crate) address: String,
    pub(crate) aws_address: String,
    /// What serves and wakes functions.
    pub(crate) front: Tasks,
    /// What functions call.
    pub(crate) back: Tasks,
    /// Where its state is kept: another stack may have it once this one is gone.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(crate) data: Data,
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Stack {
    /// The address of the portal, its API and the local controls, as `http://127.0.0.1:3000`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The endpoint of `DynamoDB`, SES and Secrets Manager.
    #[must_use]
    pub fn aws_address(&self) -> &str {
        &self.aws_address
    }

    /// The variables that `function` is started with: what a process of its own would need.
    #[must_use]
    pub fn variables(&self, function: &str) -> Option<&[(String, String)]> {
        self.machine.functions.get(function).map(|function| function.variables())
    }

    /// What its functions have made use of so far, of what the template allows them.
    #[must_use]
    pub fn uses(&self) -> BTreeSet<Privilege> {
        self.machine.uses.all()
    }

    /// What its functions were refused so far: what the template does not allow them.
    #[must_use]
    pub fn refusals(&self) -> BTreeSet<Refusal> {
        self.machine.refusals.all()
    }

    /// What happened to the tables, from the record with this number on, if it is kept.
    #[must_use]
    pub fn records(&self, since: usize) -> Vec<Arc<Record>> {
        self.machine.journal.since(since)
    }

    /// The time of its clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.machine.clock.now()
    }

    /// The mails that were sent, from the one with this number on, oldest first, as `/_local/mails`
    /// shows them but for what they say.
    #[must_use]
    pub fn mails_since(&self, number: usize) -> Vec<Value> {
        let mails = self.machine.mailbox.since(number);
        mails.iter().filter_map(|mail| serde_json::to_value(mail).ok()).collect()
    }

    /// The names of its functions.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.machine.functions.keys().map(String::as_str)
    }

    /// Every row of each table, and how many records there are at that moment; `None` where a row is
    /// just being written.
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

    /// The first `count` leases of the CSV file at `path` that one can register with.
    ///
    /// # Errors
    ///
    /// When the file is not CSV.
    pub fn free_leases(&self, path: &Path, count: usize) -> Result<Vec<FreeLease>, LeasesError> {
        leases::free(&self.machine, path, count)
    }

    /// Stops it, once what is under way is done: first what functions serve, then what they call.
    pub async fn shutdown(self) {
        self.front.finish().await;
        self.back.finish().await;
    }
}
