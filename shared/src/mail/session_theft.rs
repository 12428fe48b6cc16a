use super::Message;
use crate::domain::Language;

/// Security notice: a session was ended, for its cookie seems to have been copied.
pub fn session_theft(language: Language, portal: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Une session de votre compte a été fermée")
            .paragraph(
                "Par sécurité, nous avons fermé une session de votre compte Espace locataire. Le \
                 cookie de connexion de l’un de vos navigateurs a été utilisé d’une manière qui \
                 laisse penser qu’il a été copié.",
            )
            .paragraph(
                "Nous vous conseillons de vous reconnecter, puis de changer votre mot de passe \
                 dans le menu de votre profil\u{a0}: toutes vos autres sessions seront alors \
                 fermées.",
            )
            .button("Me connecter", portal)
            .note(
                "Cela peut arriver sans malveillance, lorsqu’un appareil est remis dans un état \
                 antérieur à partir d’une sauvegarde. Dans le doute, changez votre mot de passe \
                 et prévenez votre agence.",
            ),
        Language::English => Message::new(language, "A session of your account was ended")
            .paragraph(
                "For your security, we have ended a session of your Espace locataire account. The \
                 sign-in cookie of one of your browsers was used in a way that suggests it was \
                 copied.",
            )
            .paragraph(
                "We advise you to sign in again, then to change your password in the profile \
                 menu: all your other sessions will be ended.",
            )
            .button("Sign in", portal)
            .note(
                "This can happen without any ill intent, when a device is restored from a backup. \
                 If in doubt, change your password and tell your agency.",
            ),
    }
}
