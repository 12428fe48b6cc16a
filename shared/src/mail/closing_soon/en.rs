use super::Payload;
use crate::domain::Language;
use crate::mail::date::{in_days, in_words};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    let (on, when) =
        (in_words(Language::English, payload.on), in_days(Language::English, payload.days));
    Message::new(Language::English, "Your Espace locataire account will soon be deactivated")
        .paragraph(&format!(
            "Your lease has ended. Your household’s account on Espace locataire will be \
             deactivated {when}: it will no longer be possible to sign in to it."
        ))
        .fact("Date of deactivation", &on)
        .paragraph(
            "Remember to save the information you want to keep before then: you can download it \
             from your account.",
        )
        .button("Sign in", &letterhead.portal)
        .paragraph(
            "Are you moving to another of our homes? Sign in and enter your new lease before this \
             date: your account will be kept.",
        )
        .note("If your lease has not ended, contact your agency.")
}
