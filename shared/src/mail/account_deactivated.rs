use super::Message;
use crate::domain::Language;

/// Tells the household that its account was deactivated, after the end of its lease.
pub fn account_deactivated(language: Language, portal: &str) -> Message {
    match language {
        Language::French => Message::new(language, "Votre compte Espace locataire est désactivé")
            .paragraph(
                "À la suite de la fin de votre bail, le compte de votre foyer sur l’Espace \
                 locataire a été désactivé. Il n’est plus possible de s’y connecter.",
            )
            .paragraph(
                "Les données de ce compte seront effacées à l’issue de leur durée de \
                 conservation.",
            )
            .paragraph(
                "Vous êtes toujours, ou de nouveau, locataire de l’un de nos logements\u{a0}? \
                 Inscrivez-vous avec la référence client de votre bail en cours.",
            )
            .button("Ouvrir l’Espace locataire", portal)
            .note("Si votre bail n’a pas pris fin, adressez-vous à votre agence."),
        Language::English => Message::new(language, "Your Espace locataire account is deactivated")
            .paragraph(
                "Following the end of your lease, your household’s account on Espace locataire \
                 has been deactivated. It is no longer possible to sign in to it.",
            )
            .paragraph("The data of this account will be erased once it no longer has to be kept.")
            .paragraph(
                "Are you still, or again, a tenant in one of our homes? Register with the client \
                 reference of your present lease.",
            )
            .button("Open Espace locataire", portal)
            .note("If your lease has not ended, contact your agency."),
    }
}
