//! Tells the household that its account was deactivated, after the end of its lease.

mod en;
mod fr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::Language;

/// The data of the mail. Rows of earlier versions have none of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The day of deactivation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// The day on which the account's data is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_on: Option<Date>,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
