use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Rappel de votre identifiant")
        .paragraph(
            "Voici votre identifiant, comme demandé\u{a0}: c’est l’adresse e-mail avec laquelle \
             vous vous connectez à l’Espace locataire.",
        )
        .fact("Votre identifiant", &payload.identifier.to_string())
        .button("Me connecter", &letterhead.portal)
        .note(
            "Si vous n’avez rien demandé, ignorez ce message\u{a0}: votre identifiant n’a été \
             donné à personne d’autre.",
        )
}
