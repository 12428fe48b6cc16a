use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Votre foyer dispose déjà d’un compte")
        .paragraph(
            "Une inscription à l’Espace locataire vient d’être demandée pour un foyer qui \
             dispose déjà d’un compte. Un seul compte est ouvert par foyer\u{a0}: aucun autre \
             n’a été créé.",
        )
        .paragraph(
            "Si vous êtes à l’origine de cette demande, adressez-vous à la personne de votre \
             foyer qui s’est inscrite, ou choisissez «\u{a0}Identifiant oublié\u{a0}» sur la \
             page de connexion\u{a0}: l’identifiant sera rappelé à l’adresse e-mail du \
             compte.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .paragraph(
            "Si vous n’avez plus accès à ce compte, par exemple parce que cette personne a \
             quitté le logement, votre agence vous aidera.",
        )
        .note(
            "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message\u{a0}: rien \
             n’a été modifié.",
        )
}
