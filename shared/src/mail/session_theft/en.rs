use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::English, "A session of your account was ended")
        .paragraph(
            "For your security, we have ended a session of your Espace locataire account. The \
             sign-in cookie of one of your browsers was used in a way that suggests it was \
             copied.",
        )
        .paragraph(
            "We advise you to sign in again, then to change your password in the profile \
             menu: all your other sessions will be ended.",
        )
        .button("Sign in", &letterhead.portal)
        .note(
            "This can happen without any ill intent, when a device is restored from a backup. \
             If in doubt, change your password and tell your agency.",
        )
}
