use super::Message;
use crate::domain::Language;

/// To the new address: the link that makes it the identifier, for 24 hours.
pub fn email_change_confirm(language: Language, link: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Confirmez votre nouvelle adresse e-mail")
            .paragraph(
                "Cette adresse e-mail a été indiquée comme nouvel identifiant d’un compte de \
                 l’Espace locataire. Pour confirmer ce changement, suivez ce lien.",
            )
            .button("Confirmer cette adresse", link)
            .paragraph(
                "Ce lien est valable 24\u{a0}heures. Tant qu’il n’est pas suivi, l’identifiant du \
                 compte reste le même.",
            )
            .paragraph(
                "Une fois l’adresse confirmée, toutes les sessions ouvertes seront fermées\u{a0}: \
                 vous vous reconnecterez avec cette adresse et votre mot de passe actuel.",
            )
            .note(
                "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message\u{a0}: rien \
                 ne sera modifié.",
            ),
        Language::English => Message::new(language, "Confirm your new e-mail address")
            .paragraph(
                "This e-mail address was given as the new identifier of an Espace locataire \
                 account. To confirm this change, follow the link below.",
            )
            .button("Confirm this address", link)
            .paragraph(
                "This link is valid for 24\u{a0}hours. Until it is followed, the identifier of \
                 the account stays the same.",
            )
            .paragraph(
                "Once the address is confirmed, all open sessions will be ended: you will sign in \
                 again with this address and your present password.",
            )
            .note("If you did not ask for this, ignore this message: nothing will change."),
    }
}
