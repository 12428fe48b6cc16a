//! What an import has done, or would do.

use serde::{Deserialize, Serialize};

use super::endings::Consequences;
use super::file::ReadAs;
use crate::store::Imported;

/// The result of an import.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// How many rows the file has.
    pub received: usize,
    /// How many leases were new.
    pub created: usize,
    /// How many leases have changed.
    pub updated: usize,
    /// How many leases were known so.
    pub unchanged: usize,
    /// The rows that were not taken.
    pub rejected: Vec<Rejected>,
    /// How the file was read.
    pub read_as: &'a ReadAs,
    /// What follows for accounts.
    pub consequences: Consequences,
    /// What changes, by kind.
    #[serde(skip)]
    pub changes: Changes,
}

impl<'a> Report<'a> {
    pub(super) fn new(read_as: &'a ReadAs, consequences: Consequences) -> Self {
        Self {
            received: 0,
            created: 0,
            updated: 0,
            unchanged: 0,
            rejected: Vec::new(),
            read_as,
            consequences,
            changes: Changes::default(),
        }
    }
}

/// A rejected row.
#[derive(Debug, Serialize)]
pub struct Rejected {
    /// Its line in the file.
    pub line: usize,
    /// The column at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The fault.
    pub code: &'static str,
    /// The fault and how to correct it.
    pub message: String,
}

/// How many known leases change, by what changes. A lease may be counted in several.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Changes {
    /// Those whose signatory has another name.
    pub names: usize,
    /// Those with another exit date, or one for the first time, or none any more.
    pub ends: usize,
    /// Those that end earlier, or end at all.
    pub brought_forward: usize,
    /// Those with another agency or adviser.
    pub agencies: usize,
}

impl Changes {
    pub(super) fn count(&mut self, imported: &Imported) {
        let changed = imported.changed;
        self.names += usize::from(changed.names);
        self.ends += usize::from(changed.end);
        self.brought_forward += usize::from(changed.brought_forward);
        self.agencies += usize::from(changed.agency);
    }
}
