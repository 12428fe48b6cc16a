use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::English, "Activate your Espace locataire account")
        .paragraph(
            "You asked to open an account on Espace locataire. To complete your registration, \
             you must follow the link below.",
        )
        .button("Activate my account", payload.link.reveal())
        .paragraph(
            "This link is valid for 24\u{a0}hours. If you open it in another browser than the \
             one you registered with, you will be asked for the password you chose.",
        )
        .paragraph("A second message will then tell you that your account is active.")
        .note("If you did not ask for this, ignore this message: no account will be opened.")
}
