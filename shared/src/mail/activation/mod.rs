//! Mails the link that activates the account, valid for 24 hours, to the address in the
//! registration.

mod en;
mod fr;

use super::{Draft, Letterhead, LinkUrl};
use crate::domain::Language;

/// The data of the mail.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The link that activates the account.
    pub link: LinkUrl,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
