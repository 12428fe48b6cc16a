use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your identifier")
        .paragraph(
            "Here is your identifier, as requested: it is the e-mail address you use to sign in to \
             Espace locataire.",
        )
        .fact("Your identifier", &payload.identifier.to_string())
        .button("Sign in", &letterhead.portal)
        .note(
            "If you did not ask for this, ignore this message: your identifier was given to nobody \
             else.",
        )
}
