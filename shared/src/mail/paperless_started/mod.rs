//! Tells the household that its documents come without paper from now on, as asked in the account.

mod en;
mod fr;

use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::{Language, Occasion};

/// What the mail is written from.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// When it was done, and from what kind of device; a row of an earlier version does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
