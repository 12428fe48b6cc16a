use super::Message;
use crate::domain::Language;

/// Tells the household that its account is closed.
pub fn account_closed(language: Language) -> Message {
    match language {
        Language::French => Message::new(language, "Votre compte Espace locataire est fermé")
            .paragraph(
                "Le compte de votre foyer sur l’Espace locataire vient d’être fermé. Il n’est \
                 plus possible de s’y connecter, et toutes les sessions ouvertes ont pris fin.",
            )
            .paragraph(
                "Les données de ce compte seront effacées à l’issue de leur durée de \
                 conservation.",
            )
            .paragraph(
                "Tant que votre bail est en cours, vous pouvez ouvrir un nouveau compte à tout \
                 moment avec votre référence client.",
            )
            .note("Si vous n’avez pas demandé cette fermeture, adressez-vous à votre agence."),
        Language::English => Message::new(language, "Your Espace locataire account is closed")
            .paragraph(
                "Your household’s account on Espace locataire has just been closed. It is no \
                 longer possible to sign in to it, and all open sessions have been ended.",
            )
            .paragraph("The data of this account will be erased once it no longer has to be kept.")
            .paragraph(
                "As long as your lease runs, you can open a new account at any time with your \
                 client reference.",
            )
            .note("If you did not ask for this, contact your agency."),
    }
}
