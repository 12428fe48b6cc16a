use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::English, "Choose a new password")
        .paragraph("Follow this link to choose a new password for your Espace locataire account.")
        .button("Choose a password", payload.link.reveal())
        .paragraph(
            "This link is valid for 1\u{a0}hour and works only once. For your security, all open \
             sessions will be ended: you will sign in again with your new password.",
        )
        .note(
            "If you did not ask for anything, ignore this message and give this link to nobody: \
             unless it is used, your password does not change.",
        )
}
