use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(_: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Vous avez déjà un compte Espace locataire")
        .paragraph(
            "Une inscription vient d’être demandée avec votre adresse e-mail, qui est déjà \
             l’identifiant d’un compte Espace locataire. Ce compte n’a pas changé, et aucun autre \
             n’a été créé.",
        )
        .paragraph(
            "Si la demande vient de vous, connectez-vous avec votre mot de passe. Vous l’avez \
             oublié\u{a0}? Choisissez «\u{a0}Mot de passe oublié\u{a0}» sur la page de connexion.",
        )
        .button("Me connecter", &letterhead.portal)
        .paragraph(
            "Vous avez emménagé dans un autre de nos logements\u{a0}? Inutile de vous \
             réinscrire\u{a0}: connectez-vous, puis choisissez «\u{a0}Changer de bail\u{a0}» dans \
             votre compte.",
        )
        .note("Si vous n’avez rien demandé, vous n’avez rien à faire.")
}
