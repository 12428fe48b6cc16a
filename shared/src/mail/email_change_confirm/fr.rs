use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::French, "Confirmez votre nouvelle adresse e-mail")
        .paragraph(
            "Cette adresse e-mail a été indiquée comme nouvel identifiant d’un compte de \
             l’Espace locataire. Pour confirmer ce changement, suivez ce lien.",
        )
        .button("Confirmer cette adresse", payload.link.reveal())
        .paragraph(
            "Ce lien est valable 24\u{a0}heures. Tant qu’il n’est pas suivi, l’identifiant du \
             compte reste le même.",
        )
        .paragraph(
            "Une fois l’adresse confirmée, toutes les sessions ouvertes seront fermées\u{a0}: \
             vous vous reconnecterez avec cette adresse et votre mot de passe actuel.",
        )
        .note(
            "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message\u{a0}: rien \
             ne sera modifié.",
        )
}
