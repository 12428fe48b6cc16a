//! What happened to the tables, in the order in which it happened: what each invocation read, wrote
//! and sent, each row that was written as it was before and after, and how each invocation ended.
//! For a test that says afterwards whether all of it was right.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Mutex as Turn, MutexGuard};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Record {
    /// When, by the stack's clock.
    pub at: Timestamp,
    /// The function that did it; something else where it was none, as a test that writes a row.
    pub function: String,
    /// The number of its invocation.
    pub invocation: Option<u64>,
    /// The action, as `TransactWriteItems`; empty for the end of an invocation.
    pub action: String,
    /// The fault that was injected.
    pub fault: Option<&'static str>,
    /// What it was.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Rows were read.
    Read {
        /// Their tables and keys; no keys where an index was asked.
        rows: Vec<(String, String)>,
        /// The index that was asked.
        index: Option<String>,
        /// Whether they were read as they were at that moment.
        consistent: bool,
        /// How many records there were when the read began: what was written since may have been
        /// read or not.
        since: usize,
    },
    /// Rows were written: none where a condition did not hold. Those that are not kept are left out.
    Write(Vec<Change>),
    /// A mail was handed to SES, with this tag `row`.
    Send {
        /// The tag.
        row: String,
        /// Whether SES has it.
        taken: bool,
    },
    /// A call was made that did none of this: what was asked of it.
    Other,
    /// An invocation ended.
    End {
        /// The status that was answered, where it answered a request.
        status: Option<u64>,
        /// Whether it failed, timed out or panicked.
        failed: bool,
    },
}

/// A row that was written.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its table.
    pub table: String,
    /// Its partition key.
    pub key: String,
    /// What it was, as `DynamoDB` writes items.
    pub before: Option<Value>,
    /// What it is from then on.
    pub after: Option<Value>,
}

/// What happened so far, if it is kept.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    kept: Option<fn(&str) -> bool>,
    records: Mutex<Vec<Arc<Record>>>,
    turn: Turn<()>,
}

impl Journal {
    /// One that keeps what happens to the rows whose keys are `kept`, or nothing.
    pub(crate) fn new(kept: Option<fn(&str) -> bool>) -> Self {
        Self { kept, ..Self::default() }
    }

    /// Whether anything is kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Whether what happens to the row `key` is kept.
    pub(crate) fn is_about(&self, key: &str) -> bool {
        self.kept.is_some_and(|is_kept| is_kept(key))
    }

    /// The turn to write: rows are looked at before and after, so one writes at a time.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The turn to write, unless somebody has it: nothing is written as long as it is held.
    pub(crate) fn try_turn(&self) -> Option<MutexGuard<'_, ()>> {
        self.turn.try_lock().ok()
    }

    /// Keeps a record.
    pub(crate) fn keep(&self, record: Record) {
        if self.is_kept() {
            self.records().push(Arc::new(record));
        }
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.records().len()
    }

    /// The records from the one with this number on.
    pub(crate) fn since(&self, number: usize) -> Vec<Arc<Record>> {
        self.records().get(number..).unwrap_or_default().to_vec()
    }

    fn records(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Record>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
