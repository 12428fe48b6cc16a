use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::English, "Your Espace locataire account is deactivated")
        .paragraph(
            "Following the end of your lease, your household’s account on Espace locataire \
             has been deactivated. It is no longer possible to sign in to it.",
        )
        .paragraph("The data of this account will be erased once it no longer has to be kept.")
        .paragraph(
            "Are you still, or again, a tenant in one of our homes? Register with the client \
             reference of your present lease.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .note("If your lease has not ended, contact your agency.")
}
