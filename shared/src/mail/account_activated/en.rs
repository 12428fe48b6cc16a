use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

const ACTIVATED: &str = "This is when the account was activated, and on what kind of device. If \
                         it was not you, tell your agency.";

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your Espace locataire account is active")
        .paragraph("Welcome! Your household’s account is now active.")
        .paragraph("Sign in with this identifier and the password you chose when you registered.")
        .fact("Your identifier", &payload.identifier.to_string())
        .button("Sign in", &letterhead.portal)
        .paragraph(
            "You can change your e-mail address and your password at any time, in the profile menu \
             at the top right.",
        )
        .occasion(Some(ACTIVATED), payload.occasion.as_ref())
        .note(
            "There is only one account per household. Keep this message: you will find your \
             identifier in it.",
        )
}
