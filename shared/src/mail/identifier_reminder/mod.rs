//! Reminds a household of the identifier of its account.

mod en;
mod fr;

use super::{Draft, Letterhead};
use crate::domain::{EmailAddress, Language};

/// What the mail is written from.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The identifier of the account.
    pub identifier: EmailAddress,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
