use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Votre compte Espace locataire est désactivé")
        .paragraph(
            "À la suite de la fin de votre bail, le compte de votre foyer sur l’Espace \
             locataire a été désactivé. Il n’est plus possible de s’y connecter.",
        )
        .paragraph(
            "Les données de ce compte seront effacées à l’issue de leur durée de \
             conservation.",
        )
        .paragraph(
            "Vous êtes toujours, ou de nouveau, locataire de l’un de nos logements\u{a0}? \
             Inscrivez-vous avec la référence client de votre bail en cours.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .note("Si votre bail n’a pas pris fin, adressez-vous à votre agence.")
}
