use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your account is now attached to another lease")
        .paragraph(
            "Your Espace locataire account has just been attached to another lease, whose customer \
             reference is below. It is no longer attached to the previous one.",
        )
        .fact("Customer reference", payload.lease.as_str())
        .occasion(None, payload.occasion.as_ref())
        .paragraph(
            "If it was you, there is nothing to do: your identifier and your password stay the \
             same.",
        )
        .paragraph(
            "If it was not you, sign in at once and change your password in the profile menu: all \
             your other sessions will be ended. Then tell your agency.",
        )
        .button("Sign in", &letterhead.portal)
}
