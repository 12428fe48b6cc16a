use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::English, "Confirm your new e-mail address")
        .paragraph(
            "This e-mail address was chosen as the new identifier of an Espace locataire account. \
             If that was your choice, follow this link to confirm it.",
        )
        .button("Confirm this address", payload.link.reveal())
        .paragraph(
            "This link is valid for 24\u{a0}hours. In a browser where the account is not open, it \
             will ask for the password of the account. Until you follow it, the identifier stays \
             the same.",
        )
        .paragraph(
            "Once the address is confirmed, all open sessions will be ended: you will sign in \
             again with this address and your present password.",
        )
        .note("If you did not ask for this, ignore this message: nothing will change.")
}
