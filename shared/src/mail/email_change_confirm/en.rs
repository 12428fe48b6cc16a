use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::English, "Confirm your new e-mail address")
        .paragraph(
            "This e-mail address was given as the new identifier of an Espace locataire \
             account. To confirm this change, follow the link below.",
        )
        .button("Confirm this address", payload.link.reveal())
        .paragraph(
            "This link is valid for 24\u{a0}hours. Until it is followed, the identifier of \
             the account stays the same.",
        )
        .paragraph(
            "Once the address is confirmed, all open sessions will be ended: you will sign in \
             again with this address and your present password.",
        )
        .note("If you did not ask for this, ignore this message: nothing will change.")
}
