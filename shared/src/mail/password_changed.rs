use super::Message;
use crate::domain::Language;

/// Security notice: the password has changed.
pub fn password_changed(language: Language, portal: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Votre mot de passe a été modifié")
            .paragraph(
                "Le mot de passe de votre compte Espace locataire vient d’être modifié. Par \
                 sécurité, les sessions ouvertes sur vos autres appareils ont été fermées.",
            )
            .paragraph("Si vous êtes à l’origine de ce changement, vous n’avez rien à faire.")
            .paragraph(
                "Sinon, choisissez sans attendre «\u{a0}Mot de passe oublié\u{a0}» sur la page de \
                 connexion pour en définir un nouveau, puis prévenez votre agence.",
            )
            .button("Ouvrir l’Espace locataire", portal),
        Language::English => Message::new(language, "Your password has been changed")
            .paragraph(
                "The password of your Espace locataire account has just been changed. For your \
                 security, the sessions open on your other devices have been ended.",
            )
            .paragraph("If it was you, there is nothing to do.")
            .paragraph(
                "If it was not you, choose “Forgotten password” on the sign-in page at once to \
                 set a new one, then tell your agency.",
            )
            .button("Open Espace locataire", portal),
    }
}
