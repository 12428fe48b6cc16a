use super::Message;
use crate::domain::Language;

/// Announces the active account, with the identifier to sign in with.
pub fn account_activated(language: Language, identifier: &str, portal: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Votre compte Espace locataire est actif")
            .paragraph("Bienvenue\u{a0}! Le compte de votre foyer est maintenant actif.")
            .paragraph(
                "Pour vous connecter, utilisez l’identifiant suivant et le mot de passe choisi \
                 lors de votre inscription.",
            )
            .fact("Votre identifiant", identifier)
            .button("Me connecter", portal)
            .paragraph(
                "Vous pouvez modifier votre adresse e-mail et votre mot de passe à tout moment, \
                 dans le menu de votre profil, en haut à droite.",
            )
            .note(
                "Il n’existe qu’un compte par foyer. Conservez ce message pour retrouver votre \
                 identifiant.",
            ),
        Language::English => Message::new(language, "Your Espace locataire account is active")
            .paragraph("Welcome! Your household’s account is now active.")
            .paragraph(
                "To sign in, use the identifier below and the password you chose when you \
                 registered.",
            )
            .fact("Your identifier", identifier)
            .button("Sign in", portal)
            .paragraph(
                "You can change your e-mail address and your password at any time, in the profile \
                 menu at the top right.",
            )
            .note(
                "There is only one account per household. Keep this message to find your \
                 identifier again.",
            ),
    }
}
