//! Tells the household that paperless delivery has stopped.

mod en;
mod fr;

use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::Language;

/// The data of the mail: none, every recipient gets the same text.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
