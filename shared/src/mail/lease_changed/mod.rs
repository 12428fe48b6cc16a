//! Security notice: from now on the account follows another lease of the landlord.

mod en;
mod fr;

use serde::{Deserialize, Serialize};

use super::{Letterhead, Message};
use crate::domain::{Language, LeaseReference};

/// What the mail is written from.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The lease that the account follows from now on.
    pub lease: LeaseReference,
}

/// The mail in `language`.
pub(super) fn message(payload: &Payload, language: Language, letterhead: &Letterhead) -> Message {
    match language {
        Language::French => fr::message(payload, letterhead),
        Language::English => en::message(payload, letterhead),
    }
}
