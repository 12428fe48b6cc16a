use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::English, "Choose a new password")
        .paragraph(
            "The link below lets you choose a new password for your Espace locataire account.",
        )
        .button("Choose a password", payload.link.reveal())
        .paragraph(
            "This link is valid for 1\u{a0}hour and works only once. For your security, all \
             open sessions will be ended: you will sign in again with your new password.",
        )
        .note(
            "If you did not ask for anything, ignore this message and give this link to \
             nobody: without it, no one can choose this password for you.",
        )
}
