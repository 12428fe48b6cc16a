//! The checker of docs/INVARIANTS.md for a simulation that keeps its own journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use local::Record;
use serde_json::Value;

use crate::Broken;
use crate::checker::{Checker, Look};

/// The statements of docs/INVARIANTS.md, checked with one journal.
#[derive(Debug)]
pub struct Statements(Checker);

impl Statements {
    /// The statements about `functions` with these `variables`, before anything has happened.
    #[must_use]
    pub fn about(functions: BTreeSet<String>, variables: BTreeMap<String, String>) -> Self {
        Self(Checker::new(functions, variables))
    }

    /// Reads what has happened since the last reading, until `now`, and returns everything that was
    /// found broken so far.
    pub fn check(
        &mut self,
        now: Timestamp,
        records: Vec<Arc<Record>>,
        mails: Vec<Value>,
    ) -> Vec<Broken> {
        self.0.check(Look { now, records, mails })
    }
}
