//! Reminds a household of the identifier of its account.

mod en;
mod fr;

use super::{Letterhead, Message};
use crate::domain::{EmailAddress, Language};

/// What the mail is written from.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The identifier of the account.
    pub identifier: EmailAddress,
}

/// The mail in `language`.
pub(super) fn message(payload: &Payload, language: Language, letterhead: &Letterhead) -> Message {
    match language {
        Language::French => fr::message(payload, letterhead),
        Language::English => en::message(payload, letterhead),
    }
}
