//! Tells the household that its account was deactivated, after the end of its lease.

mod en;
mod fr;

use serde::{Deserialize, Serialize};

use super::{Letterhead, Message};
use crate::domain::Language;

/// What the mail is written from: nothing, it says the same to everyone.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {}

/// The mail in `language`.
pub(super) fn message(payload: &Payload, language: Language, letterhead: &Letterhead) -> Message {
    match language {
        Language::French => fr::message(payload, letterhead),
        Language::English => en::message(payload, letterhead),
    }
}
