use super::Message;
use crate::domain::Language;

/// Tells the owner of an address that someone tried to register with it, though it is an identifier.
pub fn email_already_registered(language: Language, portal: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Vous avez déjà un compte Espace locataire")
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
            .button("Me connecter", portal)
            .paragraph(
                "Vous avez emménagé dans un autre de nos logements\u{a0}? Inutile de vous \
                 réinscrire\u{a0}: connectez-vous, puis indiquez votre nouveau bail dans votre \
                 compte.",
            )
            .note("Si vous n’êtes pas à l’origine de cette demande, vous n’avez rien à faire."),
        Language::English => Message::new(language, "You already have an Espace locataire account")
            .paragraph(
                "Someone has just asked to register with your e-mail address, which already is \
                 the identifier of an Espace locataire account. That account has not changed, and \
                 no other was created.",
            )
            .paragraph(
                "If it was you, sign in with your password. Forgotten it? Choose “Forgotten \
                 password” on the sign-in page.",
            )
            .button("Sign in", portal)
            .paragraph(
                "Have you moved to another of our homes? There is no need to register again: sign \
                 in, then enter your new lease in your account.",
            )
            .note("If it was not you, there is nothing to do."),
    }
}
