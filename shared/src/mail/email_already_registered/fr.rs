use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Vous avez déjà un compte Espace locataire")
        .paragraph(
            "Une inscription vient d’être demandée avec votre adresse e-mail, qui est déjà \
             l’identifiant d’un compte de l’Espace locataire. Ce compte n’a pas été modifié, \
             et aucun autre n’a été créé.",
        )
        .paragraph(
            "Si vous êtes à l’origine de cette demande, connectez-vous avec votre mot de \
             passe. Vous l’avez oublié\u{a0}? Choisissez «\u{a0}Mot de passe oublié\u{a0}» \
             sur la page de connexion.",
        )
        .button("Me connecter", &letterhead.portal)
        .paragraph(
            "Vous avez emménagé dans un autre de nos logements\u{a0}? Inutile de vous \
             réinscrire\u{a0}: connectez-vous, puis indiquez votre nouveau bail dans votre \
             compte.",
        )
        .note("Si vous n’êtes pas à l’origine de cette demande, vous n’avez rien à faire.")
}
