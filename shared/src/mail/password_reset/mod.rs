//! The link to choose a new password, for 1 hour.
//!
//! It also follows a reverted change of address, so it does not say who asked for it.

mod en;
mod fr;

use super::{Letterhead, LinkUrl, Message};
use crate::domain::Language;

/// What the mail is written from.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The link that lets one choose a password.
    pub link: LinkUrl,
}

/// The mail in `language`.
pub(super) fn message(payload: &Payload, language: Language, letterhead: &Letterhead) -> Message {
    match language {
        Language::French => fr::message(payload, letterhead),
        Language::English => en::message(payload, letterhead),
    }
}
