use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your e-mail address has been changed")
        .paragraph(
            "The identifier of your Espace locataire account has just been changed. The address \
             that receives this message can no longer be used to sign in.",
        )
        .fact("New identifier", &payload.new_address_masked)
        .occasion(None, payload.occasion.as_ref())
        .paragraph("If it was you, there is nothing to do.")
        .paragraph(
            "If it was not you, undo this change: your address will be the identifier of the \
             account again, all open sessions will be ended, and another message will let you \
             choose a new password.",
        )
        .button("Undo this change", payload.link.reveal())
        .note("This link is valid for 7\u{a0}days. After that, contact your agency.")
}
