use super::Message;
use crate::domain::Language;

/// Tells someone who registers a household that it has an account already, and what to do.
pub fn household_already_registered(language: Language, portal: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Votre foyer dispose déjà d’un compte")
            .paragraph(
                "Une inscription à l’Espace locataire vient d’être demandée pour un foyer qui \
                 dispose déjà d’un compte. Un seul compte est ouvert par foyer\u{a0}: aucun autre \
                 n’a été créé.",
            )
            .paragraph(
                "Si vous êtes à l’origine de cette demande, adressez-vous à la personne de votre \
                 foyer qui s’est inscrite, ou choisissez «\u{a0}Identifiant oublié\u{a0}» sur la \
                 page de connexion\u{a0}: l’identifiant sera rappelé à l’adresse e-mail du \
                 compte.",
            )
            .button("Ouvrir l’Espace locataire", portal)
            .paragraph(
                "Si vous n’avez plus accès à ce compte, par exemple parce que cette personne a \
                 quitté le logement, votre agence vous aidera.",
            )
            .note(
                "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message\u{a0}: rien \
                 n’a été modifié.",
            ),
        Language::English => Message::new(language, "Your household already has an account")
            .paragraph(
                "Someone has just asked to register on Espace locataire for a household that \
                 already has an account. There is only one account per household: no other was \
                 created.",
            )
            .paragraph(
                "If it was you, ask the person in your household who registered, or choose \
                 “Forgotten identifier” on the sign-in page: a reminder will be sent to the \
                 e-mail address of the account.",
            )
            .button("Open Espace locataire", portal)
            .paragraph(
                "If you can no longer reach this account, for example because that person has \
                 left the home, your agency will help you.",
            )
            .note("If it was not you, ignore this message: nothing has changed."),
    }
}
