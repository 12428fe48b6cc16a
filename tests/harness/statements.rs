//! What holds always, for whoever keeps the journal of a stack of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use local::Record;
use serde_json::Value;

use crate::Broken;
use crate::checker::{Checker, Look};

/// The nine statements of DESIGN section 14, held against one journal.
#[derive(Debug)]
pub struct Statements(Checker);

impl Statements {
    /// Those about `functions` that are started with `variables`: nothing has happened yet.
    #[must_use]
    pub fn about(functions: BTreeSet<String>, variables: BTreeMap<String, String>) -> Self {
        Self(Checker::new(functions, variables))
    }

    /// Reads what has happened since the last time, until `now`; all that was found broken so far.
    pub fn check(
        &mut self,
        now: Timestamp,
        records: Vec<Arc<Record>>,
        mails: Vec<Value>,
    ) -> Vec<Broken> {
        self.0.check(Look { now, records, mails })
    }
}
