use super::Message;
use crate::domain::Language;

/// To whoever filled in the registration form: the link that opens the account, for 24 hours.
pub fn activation(language: Language, link: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Activez votre compte Espace locataire")
            .paragraph(
                "Vous avez demandé l’ouverture d’un compte sur l’Espace locataire. Pour terminer \
                 votre inscription, il est indispensable de suivre ce lien.",
            )
            .button("Activer mon compte", link)
            .paragraph(
                "Ce lien est valable 24\u{a0}heures. Si vous l’ouvrez dans un autre navigateur \
                 que celui de votre inscription, le mot de passe que vous avez choisi vous sera \
                 demandé.",
            )
            .paragraph("Un second message vous annoncera ensuite que votre compte est actif.")
            .note(
                "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message\u{a0}: aucun \
                 compte ne sera ouvert.",
            ),
        Language::English => Message::new(language, "Activate your Espace locataire account")
            .paragraph(
                "You asked to open an account on Espace locataire. To complete your registration, \
                 you must follow the link below.",
            )
            .button("Activate my account", link)
            .paragraph(
                "This link is valid for 24\u{a0}hours. If you open it in another browser than the \
                 one you registered with, you will be asked for the password you chose.",
            )
            .paragraph("A second message will then tell you that your account is active.")
            .note("If you did not ask for this, ignore this message: no account will be opened."),
    }
}
