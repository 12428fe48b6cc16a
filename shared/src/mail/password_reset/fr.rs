use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::French, "Choisissez un nouveau mot de passe")
        .paragraph(
            "Suivez ce lien pour choisir un nouveau mot de passe pour votre compte Espace \
             locataire.",
        )
        .button("Choisir un mot de passe", payload.link.reveal())
        .paragraph(
            "Ce lien est valable 1\u{a0}heure et ne peut servir qu’une fois. Par sécurité, \
             toutes les sessions ouvertes seront fermées\u{a0}: vous vous reconnecterez avec \
             votre nouveau mot de passe.",
        )
        .note(
            "Si vous n’avez rien demandé, ignorez ce message et ne transmettez ce lien à \
             personne\u{a0}: sans lui, nul ne peut choisir ce mot de passe à votre place.",
        )
}
