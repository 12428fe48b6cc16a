use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(_: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "You already have an Espace locataire account")
        .paragraph(
            "Someone has just asked to register with your e-mail address, which is already the \
             identifier of an Espace locataire account. That account has not changed, and no other \
             was created.",
        )
        .paragraph(
            "If it was you, sign in with your password. Forgotten it? Choose “Forgotten password” \
             on the sign-in page.",
        )
        .button("Sign in", &letterhead.portal)
        .paragraph(
            "Have you moved to another of our homes? There is no need to register again: sign in, \
             then choose “Change lease” in your account.",
        )
        .note("If it was not you, there is nothing to do.")
}
