use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(_: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::French, "Vos documents vous parviendront de nouveau par courrier")
        .paragraph(
            "L’envoi sans papier de vos documents a pris fin. Ils vous parviendront désormais par \
             courrier.",
        )
        .paragraph(
            "Votre compte Espace locataire reste ouvert. Vous pouvez y choisir de nouveau l’envoi \
             sans papier quand vous voulez.",
        )
        .note("Si vous n’avez pas demandé ce changement, adressez-vous à votre agence.")
}
