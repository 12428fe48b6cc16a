//! The broken statements that a checker found.

use std::collections::BTreeSet;
use std::fmt;

/// A broken statement.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Broken {
    /// The number of the statement in docs/INVARIANTS.md.
    pub statement: u8,
    /// The rows that break it: expected and found.
    pub by: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "docs/INVARIANTS.md {}: {}", self.statement, self.by)
    }
}

/// The broken statements, each only once.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeSet<Broken>);

impl Findings {
    /// Adds that the statement with this number is broken.
    pub(super) fn add(&mut self, statement: u8, by: String) {
        self.0.insert(Broken { statement, by });
    }

    /// All findings, in order.
    pub(super) fn all(&self) -> Vec<Broken> {
        self.0.iter().cloned().collect()
    }
}
