//! Announces the active account, with the identifier to sign in with.

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
