//! To the old address: the identifier has changed, with the link that undoes it, for 7 days.

mod en;
mod fr;

use super::{Draft, Letterhead, LinkUrl};
use crate::domain::{Language, Occasion};

/// What the mail is written from.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The new identifier, masked: its owner recognises it and nobody else learns it.
    pub new_address_masked: String,
    /// When it was done, and from what kind of device; a link of an earlier version does not say.
    pub occasion: Option<Occasion>,
    /// The link that undoes the change.
    pub link: LinkUrl,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
