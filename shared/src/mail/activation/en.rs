use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::English, "Activate your Espace locataire account")
        .paragraph(
            "You asked for an account on Espace locataire. One step is left, and it is required: \
             follow this link to activate it.",
        )
        .button("Activate my account", payload.link.reveal())
        .paragraph(
            "This link is valid for 24\u{a0}hours. In a browser other than the one you registered \
             with, it will ask for the password you chose.",
        )
        .paragraph("A second message will confirm that your account is active.")
        .note("If you did not ask for this, ignore this message: no account will be opened.")
}
