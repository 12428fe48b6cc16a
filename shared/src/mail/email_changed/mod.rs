//! To the old address: the identifier has changed, with the link that undoes it, for 7 days.

mod en;
mod fr;

use super::{Letterhead, LinkUrl, Message};
use crate::domain::Language;

/// What the mail is written from.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The new identifier, masked: its owner recognises it and nobody else learns it.
    pub new_address_masked: String,
    /// The link that undoes the change.
    pub link: LinkUrl,
}

/// The mail in `language`.
pub(super) fn message(payload: &Payload, language: Language, letterhead: &Letterhead) -> Message {
    match language {
        Language::French => fr::message(payload, letterhead),
        Language::English => en::message(payload, letterhead),
    }
}
