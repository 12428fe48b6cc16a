//! Warns the household that its account will be deactivated.

mod en;
mod fr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::Language;

/// The data of the mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The day of deactivation.
    pub on: Date,
    /// The days from the warning to the deactivation.
    pub days: i64,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
