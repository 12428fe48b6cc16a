//! Tells the household that the agency refused its request, with the reason if the agency gave one.

mod en;
mod fr;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::{AgencyRequestKind, Language};

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

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
