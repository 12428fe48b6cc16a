use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::French, "Votre compte Espace locataire est fermé")
        .paragraph(
            "Le compte de votre foyer sur l’Espace locataire vient d’être fermé. Il n’est \
             plus possible de s’y connecter, et toutes les sessions ouvertes ont pris fin.",
        )
        .paragraph(
            "Les données de ce compte seront effacées à l’issue de leur durée de \
             conservation.",
        )
        .paragraph(
            "Tant que votre bail est en cours, vous pouvez ouvrir un nouveau compte à tout \
             moment avec votre référence client.",
        )
        .note("Si vous n’avez pas demandé cette fermeture, adressez-vous à votre agence.")
}
