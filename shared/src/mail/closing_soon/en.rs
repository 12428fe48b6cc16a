use super::payload::Payload;
use crate::domain::Language;
use crate::mail::date::{in_days, in_words};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    let (on, when) =
        (in_words(Language::English, payload.on), in_days(Language::English, payload.days));
    Draft::new(Language::English, "Your Espace locataire account will soon be deactivated")
        .paragraph(&format!(
            "Your lease has ended. Your household’s account on Espace locataire will be \
             deactivated {when}: you will no longer be able to sign in to it."
        ))
        .fact("Date of deactivation", &on)
        .paragraph(
            "Before that day, keep what you need: sign in, choose “My data” and download it.",
        )
        .button("Sign in", &letterhead.portal)
        .paragraph(
            "Are you moving to another of our homes? Sign in and choose “Change lease” before that \
             day: you will keep your account.",
        )
        .note("If your lease has not ended, tell your agency at once.")
}
