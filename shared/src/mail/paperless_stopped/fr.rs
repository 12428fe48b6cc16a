use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::French, "Vos documents vous parviendront de nouveau par courrier")
        .paragraph(
            "L’envoi dématérialisé de vos documents a pris fin. Ils vous parviendront désormais \
             par courrier.",
        )
        .paragraph(
            "Votre compte Espace locataire reste ouvert. Vous pouvez y choisir de nouveau l’envoi \
             dématérialisé à tout moment.",
        )
        .note("Si vous n’avez pas demandé ce changement, adressez-vous à votre agence.")
}
