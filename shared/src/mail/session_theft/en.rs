use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "A session of your account was ended")
        .paragraph(
            "For your security, we have ended a session of your Espace locataire account: the \
             cookie that kept it open seems to have been copied.",
        )
        .occasion(
            Some("This is when the copy was used, and on what kind of device."),
            payload.occasion.as_ref(),
        )
        .paragraph(
            "Sign in again, then change your password in the profile menu: all your other sessions \
             will be ended.",
        )
        .button("Sign in", &letterhead.portal)
        .note(
            "This can happen without any ill intent, for example when a device is restored from a \
             backup. If in doubt, change your password and tell your agency.",
        )
}
