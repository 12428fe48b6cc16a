use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::English, "Your identifier")
        .paragraph(
            "A reminder of your identifier has just been asked for on Espace locataire. Here \
             it is: it is the e-mail address you sign in with.",
        )
        .fact("Your identifier", &payload.identifier.to_string())
        .button("Sign in", &letterhead.portal)
        .note(
            "If you did not ask for this, ignore this message: your identifier was given to \
             nobody else.",
        )
}
