use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Votre mot de passe a été modifié")
        .paragraph(
            "Le mot de passe de votre compte Espace locataire vient d’être modifié. Par \
             sécurité, les sessions ouvertes sur vos autres appareils ont été fermées.",
        )
        .paragraph("Si vous êtes à l’origine de ce changement, vous n’avez rien à faire.")
        .paragraph(
            "Sinon, choisissez sans attendre «\u{a0}Mot de passe oublié\u{a0}» sur la page de \
             connexion pour en définir un nouveau, puis prévenez votre agence.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
}
