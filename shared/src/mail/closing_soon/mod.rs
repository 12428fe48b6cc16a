//! Warns the household that its account will be deactivated `on` that day, in so many `days`.

mod en;
mod fr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::Language;

/// What the mail is written from.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The day of the deactivation.
    pub on: Date,
    /// In how many days that is, on the day of the warning.
    pub days: i64,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
