use super::Message;
use crate::domain::Language;

/// Reminds a household of the identifier of its account.
pub fn identifier_reminder(language: Language, identifier: &str, portal: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Rappel de votre identifiant")
            .paragraph(
                "Le rappel de votre identifiant vient d’être demandé sur l’Espace locataire. Le \
                 voici\u{a0}: c’est l’adresse e-mail avec laquelle vous vous connectez.",
            )
            .fact("Votre identifiant", identifier)
            .button("Me connecter", portal)
            .note(
                "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message\u{a0}: votre \
                 identifiant n’a été communiqué à personne d’autre.",
            ),
        Language::English => Message::new(language, "Your identifier")
            .paragraph(
                "A reminder of your identifier has just been asked for on Espace locataire. Here \
                 it is: it is the e-mail address you sign in with.",
            )
            .fact("Your identifier", identifier)
            .button("Sign in", portal)
            .note(
                "If you did not ask for this, ignore this message: your identifier was given to \
                 nobody else.",
            ),
    }
}
