//! Tells the owner of an address that someone tried to register with it, though it is the
//! identifier of an account.

mod en;
mod fr;

use super::{Letterhead, Message};
use crate::domain::Language;

/// What the mail is written from: nothing, it says the same to everyone.
#[derive(Clone, Debug)]
pub struct Payload {}

/// The mail in `language`.
pub(super) fn message(payload: &Payload, language: Language, letterhead: &Letterhead) -> Message {
    match language {
        Language::French => fr::message(payload, letterhead),
        Language::English => en::message(payload, letterhead),
    }
}
