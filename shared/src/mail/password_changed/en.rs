use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your password has been changed")
        .paragraph(
            "The password of your Espace locataire account has just been changed. For your \
             security, all your other sessions have been ended.",
        )
        .occasion(None, payload.occasion.as_ref())
        .paragraph("If it was you, there is nothing to do.")
        .paragraph(
            "If it was not you, open Espace locataire at once and choose “Forgotten password” to \
             set a new one. Then tell your agency.",
        )
        .button("Open Espace locataire", &letterhead.portal)
}
