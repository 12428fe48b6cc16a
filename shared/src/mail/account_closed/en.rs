use super::payload::{Payload, WantedBy};
use crate::domain::Language;
use crate::mail::date::in_words;
use crate::mail::{Draft, Letterhead, kept};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    let closed = match payload.wanted_by {
        Some(WantedBy::Tenant) => {
            "Your household’s account on Espace locataire is closed, as requested. It was closed \
             by your agency."
        }
        Some(WantedBy::Agency) => {
            "Your agency has closed your household’s account on Espace locataire."
        }
        None => "Your household’s account on Espace locataire is closed.",
    };
    let question = match payload.wanted_by {
        Some(WantedBy::Agency) => {
            "If you do not know why, or if you have a question, contact your agency."
        }
        Some(WantedBy::Tenant) | None => "If you did not ask for this, contact your agency.",
    };
    Draft::new(Language::English, "Your Espace locataire account is closed")
        .paragraph(closed)
        .paragraph(
            "It is no longer possible to sign in to it, and all open sessions have been ended.",
        )
        .occasion(None, payload.occasion.as_ref())
        .optional_fact(
            "Data erased on",
            payload.erased_on.map(|day| in_words(Language::English, day)),
        )
        .paragraph(&kept::until(Language::English, payload.erased_on))
        .paragraph(
            "As long as your lease runs, you can open a new account at any time with your customer \
             reference.",
        )
        .note(question)
}
