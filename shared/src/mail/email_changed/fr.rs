use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::French, "Votre adresse e-mail a été modifiée")
        .paragraph(
            "L’identifiant de votre compte Espace locataire vient d’être modifié. L’adresse qui \
             reçoit ce message ne permet plus de s’y connecter.",
        )
        .fact("Nouvel identifiant", &payload.new_address_masked)
        .occasion(None, payload.occasion.as_ref())
        .paragraph("Si c’était vous, vous n’avez rien à faire.")
        .paragraph(
            "Si ce n’était pas vous, annulez ce changement\u{a0}: votre adresse redeviendra \
             l’identifiant du compte, toutes les sessions ouvertes seront fermées, et un autre \
             message vous permettra de choisir un nouveau mot de passe.",
        )
        .button("Annuler ce changement", payload.link.reveal())
        .note("Ce lien est valable 7\u{a0}jours. Passé ce délai, adressez-vous à votre agence.")
}
