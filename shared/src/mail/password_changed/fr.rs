use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Votre mot de passe a été modifié")
        .paragraph(
            "Le mot de passe de votre compte Espace locataire vient d’être modifié. Par sécurité, \
             toutes vos autres sessions ont été fermées.",
        )
        .occasion(None, payload.occasion.as_ref())
        .paragraph("Si c’était vous, vous n’avez rien à faire.")
        .paragraph(
            "Si ce n’était pas vous, ouvrez tout de suite l’Espace locataire et choisissez \
             «\u{a0}Mot de passe oublié\u{a0}» pour en définir un nouveau. Prévenez ensuite votre \
             agence.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
}
