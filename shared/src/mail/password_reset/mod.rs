//! Mails the link to choose a new password, valid for 1 hour.
//!
//! The mail is also sent after an address change was taken back, so it does not say who asked for
//! it.

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
