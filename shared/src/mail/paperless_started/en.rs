use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your documents now come without paper")
        .paragraph(
            "Paperless delivery has just been chosen in your Espace locataire account: your rent \
             notices and other documents will no longer come by post.",
        )
        .occasion(None, payload.occasion.as_ref())
        .paragraph(
            "Would you rather have them by post? Ask your agency at any time, from “My requests” \
             in your account.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .note("If it was not you, change your password and tell your agency.")
}
