//! Tells the household that its account is closed.

mod en;
mod fr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::{Language, Occasion};

/// What the mail is written from. A row of an earlier version says nothing of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
    /// Who wanted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_by: Option<WantedBy>,
    /// The day on which its data is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_on: Option<Date>,
}

/// Who wanted an account to be closed. It is the agency that closes it, either way.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedBy {
    /// The tenant asked for it.
    Tenant,
    /// The agency, or another system of the landlord's, by itself.
    Agency,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
