//! Tells the household that its request did not reach the agency, and that it can ask again.

mod en;
mod fr;

use serde::{Deserialize, Serialize};

use super::{Letterhead, Message};
use crate::domain::{AgencyRequestKind, Language};

/// What the mail is written from.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// What was asked.
    pub kind: AgencyRequestKind,
}

/// The mail in `language`.
pub(super) fn message(payload: &Payload, language: Language, letterhead: &Letterhead) -> Message {
    match language {
        Language::French => fr::message(payload, letterhead),
        Language::English => en::message(payload, letterhead),
    }
}
