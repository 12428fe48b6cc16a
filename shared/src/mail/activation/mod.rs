//! Mails the link that activates the account, valid for 24 hours, to the address in the
//! registration.

mod en;
mod fr;
mod payload;

pub use payload::Payload;

use super::{Draft, Letterhead};
use crate::domain::Language;

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
