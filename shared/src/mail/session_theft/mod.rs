//! Security notice: a session was ended because its cookie seems to have been copied.

mod en;
mod fr;

use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::{Language, Occasion};

/// The data of the mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// When and from what kind of device the copied cookie came; absent in rows of earlier
    /// versions.
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
