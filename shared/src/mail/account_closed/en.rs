use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::English, "Your Espace locataire account is closed")
        .paragraph(
            "Your household’s account on Espace locataire has just been closed. It is no \
             longer possible to sign in to it, and all open sessions have been ended.",
        )
        .paragraph("The data of this account will be erased once it no longer has to be kept.")
        .paragraph(
            "As long as your lease runs, you can open a new account at any time with your \
             client reference.",
        )
        .note("If you did not ask for this, contact your agency.")
}
