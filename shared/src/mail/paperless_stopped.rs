use super::Message;
use crate::domain::Language;

/// Tells the household that paperless delivery has stopped.
pub fn paperless_stopped(language: Language) -> Message {
    match language {
        Language::French => Message::new(
            language,
            "Vos documents vous parviendront de nouveau par courrier",
        )
        .paragraph(
            "L’envoi dématérialisé de vos documents a pris fin. Ils vous parviendront désormais \
             par courrier.",
        )
        .paragraph(
            "Votre compte Espace locataire reste ouvert. Vous pouvez y choisir de nouveau l’envoi \
             dématérialisé à tout moment.",
        )
        .note("Si vous n’avez pas demandé ce changement, adressez-vous à votre agence."),
        Language::English => Message::new(language, "Your documents will come by post again")
            .paragraph(
                "Paperless delivery of your documents has ended. They will now come to you by \
                 post.",
            )
            .paragraph(
                "Your Espace locataire account stays open. You can choose paperless delivery in \
                 it again at any time.",
            )
            .note("If you did not ask for this, contact your agency."),
    }
}
