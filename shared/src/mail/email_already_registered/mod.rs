//! Tells a tenant that somebody tried to register with the address of the tenant's account.

mod en;
mod fr;

use super::{Draft, Letterhead};
use crate::domain::Language;

/// The data of the mail: none, every recipient gets the same text.
#[derive(Clone, Debug)]
pub struct Payload {}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
