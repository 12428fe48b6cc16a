use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(_: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your household already has an account")
        .paragraph(
            "Someone has just asked for an Espace locataire account for your household, which \
             already has one. There is only one account per household: no other was created.",
        )
        .paragraph(
            "If it was you, ask the person in your household who registered. You can also choose \
             “Forgotten identifier” on the sign-in page: a reminder will be sent to the e-mail \
             address of the account.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .paragraph(
            "Can you no longer get into this account, perhaps because that person has moved out? \
             Your agency will help you.",
        )
        .note("If it was not you, ignore this message: nothing has changed.")
}
