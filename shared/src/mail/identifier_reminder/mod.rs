//! Reminds a household of the identifier of its account.

mod en;
mod fr;

use super::{Draft, Letterhead};
use crate::domain::{EmailAddress, Language};

/// The data of the mail.
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
