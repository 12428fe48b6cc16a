use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Rappel de votre identifiant")
        .paragraph(
            "Le rappel de votre identifiant vient d’être demandé sur l’Espace locataire. Le \
             voici\u{a0}: c’est l’adresse e-mail avec laquelle vous vous connectez.",
        )
        .fact("Votre identifiant", &payload.identifier.to_string())
        .button("Me connecter", &letterhead.portal)
        .note(
            "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message\u{a0}: votre \
             identifiant n’a été communiqué à personne d’autre.",
        )
}
