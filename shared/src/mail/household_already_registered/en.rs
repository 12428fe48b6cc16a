use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::English, "Your household already has an account")
        .paragraph(
            "Someone has just asked to register on Espace locataire for a household that \
             already has an account. There is only one account per household: no other was \
             created.",
        )
        .paragraph(
            "If it was you, ask the person in your household who registered, or choose \
             “Forgotten identifier” on the sign-in page: a reminder will be sent to the \
             e-mail address of the account.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .paragraph(
            "If you can no longer reach this account, for example because that person has \
             left the home, your agency will help you.",
        )
        .note("If it was not you, ignore this message: nothing has changed.")
}
