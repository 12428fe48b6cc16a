use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::French, "Confirmez votre nouvelle adresse e-mail")
        .paragraph(
            "Cette adresse e-mail a été choisie comme nouvel identifiant d’un compte Espace \
             locataire. Si c’est bien votre choix, suivez ce lien pour la confirmer.",
        )
        .button("Confirmer cette adresse", payload.link.reveal())
        .paragraph(
            "Ce lien est valable 24\u{a0}heures. Dans un navigateur où ce compte n’est pas ouvert, \
             il vous demandera le mot de passe du compte. Tant que vous ne l’avez pas suivi, \
             l’identifiant reste le même.",
        )
        .paragraph(
            "Une fois l’adresse confirmée, toutes les sessions ouvertes seront fermées\u{a0}: vous \
             vous reconnecterez avec cette adresse et votre mot de passe actuel.",
        )
        .note("Si vous n’avez rien demandé, ignorez ce message\u{a0}: rien ne changera.")
}
