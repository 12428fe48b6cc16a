use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::French, "Votre adresse e-mail a été modifiée")
        .paragraph(
            "L’identifiant de votre compte Espace locataire vient d’être modifié. L’adresse à \
             laquelle vous recevez ce message ne permet plus de se connecter.",
        )
        .fact("Nouvel identifiant", &payload.new_address_masked)
        .paragraph("Si vous êtes à l’origine de ce changement, vous n’avez rien à faire.")
        .paragraph(
            "Sinon, annulez-le\u{a0}: votre adresse redeviendra l’identifiant du compte, \
             toutes les sessions ouvertes seront fermées, et un nouveau message vous \
             permettra de choisir un autre mot de passe.",
        )
        .button("Annuler ce changement", payload.link.reveal())
        .note("Ce lien est valable 7\u{a0}jours. Passé ce délai, adressez-vous à votre agence.")
}
