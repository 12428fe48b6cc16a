use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::English, "Your Espace locataire account is active")
        .paragraph("Welcome! Your household’s account is now active.")
        .paragraph(
            "To sign in, use the identifier below and the password you chose when you \
             registered.",
        )
        .fact("Your identifier", &payload.identifier.to_string())
        .button("Sign in", &letterhead.portal)
        .paragraph(
            "You can change your e-mail address and your password at any time, in the profile \
             menu at the top right.",
        )
        .note(
            "There is only one account per household. Keep this message to find your \
             identifier again.",
        )
}
