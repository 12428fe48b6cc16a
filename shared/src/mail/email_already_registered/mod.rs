//! Tells the owner of an address that someone tried to register with it, though it is the
//! identifier of an account.

mod en;
mod fr;

use super::{Draft, Letterhead};
use crate::domain::Language;

/// What the mail is written from: nothing, it says the same to everyone.
#[derive(Clone, Debug)]
pub struct Payload {}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
