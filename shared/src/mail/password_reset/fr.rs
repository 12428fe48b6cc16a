use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::French, "Choisissez un nouveau mot de passe")
        .paragraph(
            "Suivez ce lien pour choisir le nouveau mot de passe de votre compte Espace locataire.",
        )
        .button("Choisir un mot de passe", payload.link.reveal())
        .paragraph(
            "Ce lien est valable 1\u{a0}heure et ne sert qu’une fois. Par sécurité, toutes les \
             sessions ouvertes seront fermées\u{a0}: vous vous reconnecterez avec votre nouveau \
             mot de passe.",
        )
        .note(
            "Si vous n’avez rien demandé, ignorez ce message et ne donnez ce lien à \
             personne\u{a0}: tant qu’il ne sert pas, votre mot de passe ne change pas.",
        )
}
