use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::English, "Your documents now come without paper")
        .paragraph(
            "Paperless delivery of your documents has just been chosen in your Espace locataire \
             account: your rent notices and other documents will no longer come to you by post.",
        )
        .paragraph(
            "You can return to the post at any time: ask your agency, from “My requests” in your \
             account.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .note("If you did not choose this, change your password and tell your agency.")
}
