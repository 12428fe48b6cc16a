//! A journal of a stack, in order: the reads, writes and sent mails of each invocation, each
//! written row before and after, and the end of each invocation. Tests check it afterwards.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Mutex as Turn, MutexGuard};

/// A record of the journal.
#[derive(Clone, Debug)]
pub struct Record {
    /// The time, by the stack's clock.
    pub at: Timestamp,
    /// The function; another name if it was not a function, such as a test that writes a row.
    pub function: String,
    /// The number of the invocation.
    pub invocation: Option<u64>,
    /// The action, such as `TransactWriteItems`; empty for the end of an invocation.
    pub action: String,
    /// The injected fault.
    pub fault: Option<&'static str>,
    /// The event.
    pub event: Event,
}

/// An event of a record.
#[derive(Clone, Debug)]
pub enum Event {
    /// Rows were read.
    Read {
        /// The tables and keys; no keys for a query of an index.
        rows: Vec<(String, String)>,
        /// The queried index.
        index: Option<String>,
        /// Whether the read was consistent.
        consistent: bool,
        /// The number of records when the read began. Later writes may have been read or not.
        since: usize,
    },
    /// Rows were written; none if a condition did not hold. Rows that the journal does not keep are
    /// left out.
    Write(Vec<Change>),
    /// A mail was sent to SES.
    Send {
        /// The mail's tag `row`.
        row: String,
        /// Whether SES took the mail.
        taken: bool,
    },
    /// Another call.
    Other,
    /// An invocation ended.
    End {
        /// The status of the answer, if it answered a request.
        status: Option<u64>,
        /// Whether it failed, timed out or panicked.
        failed: bool,
    },
}

/// A written row.
#[derive(Clone, Debug)]
pub struct Change {
    /// The table.
    pub table: String,
    /// The partition key.
    pub key: String,
    /// The row before, in `DynamoDB`'s JSON; absent if there was none.
    pub before: Option<Value>,
    /// The row after; absent if it was deleted.
    pub after: Option<Value>,
}

/// The journal of a stack, if it is kept.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    kept: Option<fn(&str) -> bool>,
    records: Mutex<Vec<Arc<Record>>>,
    turn: Turn<()>,
}

impl Journal {
    /// A journal of the rows whose keys are `kept`; of nothing for `None`.
    pub(crate) fn new(kept: Option<fn(&str) -> bool>) -> Self {
        Self { kept, ..Self::default() }
    }

    /// Whether the journal is kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Whether the journal covers the row `key`.
    pub(crate) fn is_about(&self, key: &str) -> bool {
        self.kept.is_some_and(|is_kept| is_kept(key))
    }

    /// The lock for writes. Rows are read before and after, so only one write runs at a time.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The lock for writes, if it is free. Nothing is written while it is held.
    pub(crate) fn try_turn(&self) -> Option<MutexGuard<'_, ()>> {
        self.turn.try_lock().ok()
    }

    /// Adds a record.
    pub(crate) fn keep(&self, record: Record) {
        if self.is_kept() {
            self.records().push(Arc::new(record));
        }
    }

    /// The number of records.
    pub(crate) fn len(&self) -> usize {
        self.records().len()
    }

    /// The records from this number on.
    pub(crate) fn since(&self, number: usize) -> Vec<Arc<Record>> {
        self.records().get(number..).unwrap_or_default().to_vec()
    }

    fn records(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Record>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
