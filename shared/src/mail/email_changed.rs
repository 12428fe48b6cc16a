use super::Message;
use crate::domain::Language;

/// To the old address: the identifier has changed, with the link that undoes it, for 7 days.
pub fn email_changed(language: Language, new_address_masked: &str, link: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Votre adresse e-mail a été modifiée")
            .paragraph(
                "L’identifiant de votre compte Espace locataire vient d’être modifié. L’adresse à \
                 laquelle vous recevez ce message ne permet plus de se connecter.",
            )
            .fact("Nouvel identifiant", new_address_masked)
            .paragraph("Si vous êtes à l’origine de ce changement, vous n’avez rien à faire.")
            .paragraph(
                "Sinon, annulez-le\u{a0}: votre adresse redeviendra l’identifiant du compte, \
                 toutes les sessions ouvertes seront fermées, et un nouveau message vous \
                 permettra de choisir un autre mot de passe.",
            )
            .button("Annuler ce changement", link)
            .note(
                "Ce lien est valable 7\u{a0}jours. Passé ce délai, adressez-vous à votre agence.",
            ),
        Language::English => Message::new(language, "Your e-mail address has been changed")
            .paragraph(
                "The identifier of your Espace locataire account has just been changed. The \
                 address this message is sent to can no longer be used to sign in.",
            )
            .fact("New identifier", new_address_masked)
            .paragraph("If it was you, there is nothing to do.")
            .paragraph(
                "If it was not you, undo this change: your address will be the identifier of the \
                 account again, all open sessions will be ended, and another message will let you \
                 choose a new password.",
            )
            .button("Undo this change", link)
            .note("This link is valid for 7\u{a0}days. After that, contact your agency."),
    }
}
