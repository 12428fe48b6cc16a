//! To the new address: the link that makes it the identifier, for 24 hours.

mod en;
mod fr;

use super::{Draft, Letterhead, LinkUrl};
use crate::domain::Language;

/// What the mail is written from.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The link that confirms the address.
    pub link: LinkUrl,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
