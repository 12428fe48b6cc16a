use super::payload::{Payload, WantedBy};
use crate::domain::Language;
use crate::mail::date::in_words;
use crate::mail::{Draft, Letterhead, kept};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    let closed = match payload.wanted_by {
        Some(WantedBy::Tenant) => {
            "Le compte de votre foyer sur l’Espace locataire est fermé, comme demandé. C’est votre \
             agence qui l’a fermé."
        }
        Some(WantedBy::Agency) => {
            "Votre agence a fermé le compte de votre foyer sur l’Espace locataire."
        }
        None => "Le compte de votre foyer sur l’Espace locataire est fermé.",
    };
    let question = match payload.wanted_by {
        Some(WantedBy::Agency) => {
            "Si vous ne comprenez pas pourquoi, ou si vous avez une question, adressez-vous à \
             votre agence."
        }
        Some(WantedBy::Tenant) | None => {
            "Si vous n’avez pas demandé cette fermeture, adressez-vous à votre agence."
        }
    };
    Draft::new(Language::French, "Votre compte Espace locataire est fermé")
        .paragraph(closed)
        .paragraph(
            "Il n’est plus possible de s’y connecter, et toutes les sessions ouvertes ont pris \
             fin.",
        )
        .occasion(None, payload.occasion.as_ref())
        .optional_fact(
            "Effacement des données",
            payload.erased_on.map(|day| in_words(Language::French, day)),
        )
        .paragraph(&kept::until(Language::French, payload.erased_on))
        .paragraph(
            "Tant que votre bail est en cours, vous pouvez ouvrir un nouveau compte quand vous \
             voulez, avec votre référence client.",
        )
        .note(question)
}
