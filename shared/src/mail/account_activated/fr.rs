use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Votre compte Espace locataire est actif")
        .paragraph("Bienvenue\u{a0}! Le compte de votre foyer est maintenant actif.")
        .paragraph(
            "Pour vous connecter, utilisez l’identifiant suivant et le mot de passe choisi \
             lors de votre inscription.",
        )
        .fact("Votre identifiant", &payload.identifier.to_string())
        .button("Me connecter", &letterhead.portal)
        .paragraph(
            "Vous pouvez modifier votre adresse e-mail et votre mot de passe à tout moment, \
             dans le menu de votre profil, en haut à droite.",
        )
        .note(
            "Il n’existe qu’un compte par foyer. Conservez ce message pour retrouver votre \
             identifiant.",
        )
}
