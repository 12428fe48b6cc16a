use super::Message;
use crate::domain::Language;

/// The link to choose a new password, for 1 hour.
///
/// It also follows a reverted change of address, so it does not say who asked for it.
pub fn password_reset(language: Language, link: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Choisissez un nouveau mot de passe")
            .paragraph(
                "Suivez ce lien pour choisir un nouveau mot de passe pour votre compte Espace \
                 locataire.",
            )
            .button("Choisir un mot de passe", link)
            .paragraph(
                "Ce lien est valable 1\u{a0}heure et ne peut servir qu’une fois. Par sécurité, \
                 toutes les sessions ouvertes seront fermées\u{a0}: vous vous reconnecterez avec \
                 votre nouveau mot de passe.",
            )
            .note(
                "Si vous n’avez rien demandé, ignorez ce message et ne transmettez ce lien à \
                 personne\u{a0}: sans lui, nul ne peut choisir ce mot de passe à votre place.",
            ),
        Language::English => Message::new(language, "Choose a new password")
            .paragraph(
                "The link below lets you choose a new password for your Espace locataire account.",
            )
            .button("Choose a password", link)
            .paragraph(
                "This link is valid for 1\u{a0}hour and works only once. For your security, all \
                 open sessions will be ended: you will sign in again with your new password.",
            )
            .note(
                "If you did not ask for anything, ignore this message and give this link to \
                 nobody: without it, no one can choose this password for you.",
            ),
    }
}
