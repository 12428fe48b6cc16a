//! To whoever filled in the registration form: the link that opens the account, for 24 hours.

mod en;
mod fr;

use super::{Draft, Letterhead, LinkUrl};
use crate::domain::Language;

/// What the mail is written from.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The link that opens the account.
    pub link: LinkUrl,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
