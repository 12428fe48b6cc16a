//! Tells the household that the agency does not do what was asked, and why if the agency says so.

mod en;
mod fr;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::{AgencyRequestKind, Language};

/// What the mail is written from.
#[derive(Clone, Deserialize, Serialize)]
pub struct Payload {
    /// What was asked.
    pub kind: AgencyRequestKind,
    /// Why the agency refuses, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl fmt::Debug for Payload {
    /// Without the agency's words, which are about a person.
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
