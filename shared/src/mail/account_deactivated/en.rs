use super::payload::Payload;
use crate::domain::Language;
use crate::mail::date::in_words;
use crate::mail::{Draft, Letterhead, kept};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your Espace locataire account is deactivated")
        .paragraph(
            "Your lease has ended: your household’s account on Espace locataire is deactivated. It \
             is no longer possible to sign in to it.",
        )
        .optional_fact("Deactivated on", payload.on.map(|day| in_words(Language::English, day)))
        .optional_fact(
            "Data erased on",
            payload.erased_on.map(|day| in_words(Language::English, day)),
        )
        .paragraph(&kept::until(Language::English, payload.erased_on))
        .paragraph(
            "Are you still, or again, a tenant in one of our homes? Register with the customer \
             reference of your present lease.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .note("If your lease has not ended, contact your agency.")
}
