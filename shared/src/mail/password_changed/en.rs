use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::English, "Your password has been changed")
        .paragraph(
            "The password of your Espace locataire account has just been changed. For your \
             security, the sessions open on your other devices have been ended.",
        )
        .paragraph("If it was you, there is nothing to do.")
        .paragraph(
            "If it was not you, choose “Forgotten password” on the sign-in page at once to \
             set a new one, then tell your agency.",
        )
        .button("Open Espace locataire", &letterhead.portal)
}
