//! Tells the old address that the identifier has changed, with the link that undoes it, valid for 7
//! days.

mod en;
mod fr;

use super::{Draft, Letterhead, LinkUrl};
use crate::domain::{Language, Occasion};

/// The data of the mail.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The new identifier, masked: the tenant recognises it, and nobody else learns it.
    pub new_address_masked: String,
    /// When and from what kind of device it was done; absent in links of earlier versions.
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
