//! The link to choose a new password, for 1 hour.
//!
//! It also follows a reverted change of address, so it does not say who asked for it.

mod en;
mod fr;

use super::{Draft, Letterhead, LinkUrl};
use crate::domain::Language;

/// What the mail is written from.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The link that lets one choose a password.
    pub link: LinkUrl,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
