//! The data of the mail.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::domain::AgencyRequestKind;

/// The data of the mail.
#[derive(Clone, Deserialize, Serialize)]
pub struct Payload {
    /// The kind of the request.
    pub kind: AgencyRequestKind,
    /// The agency's reason, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl fmt::Debug for Payload {
    /// Leaves out the agency's reason, which is about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("kind", &self.kind).finish_non_exhaustive()
    }
}
