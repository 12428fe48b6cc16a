//! What was found broken.

use std::collections::BTreeSet;
use std::fmt;

/// Something that holds always, and does not.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Broken {
    /// The number of the statement in docs/INVARIANTS.md.
    pub statement: u8,
    /// Which rows break it: what was expected, what is there.
    pub by: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "docs/INVARIANTS.md {}: {}", self.statement, self.by)
    }
}

/// What is found broken, each thing once.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeSet<Broken>);

impl Findings {
    /// The statement with this number does not hold.
    pub(super) fn add(&mut self, statement: u8, by: String) {
        self.0.insert(Broken { statement, by });
    }

    /// All of it, in order.
    pub(super) fn all(&self) -> Vec<Broken> {
        self.0.iter().cloned().collect()
    }
}
