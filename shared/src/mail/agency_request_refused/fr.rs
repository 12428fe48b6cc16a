use super::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    let refused = match payload.kind {
        AgencyRequestKind::CloseAccount => {
            "Votre agence nous a fait savoir qu’elle ne donne pas suite à votre demande de \
             fermeture de compte. Votre compte Espace locataire reste ouvert."
        }
        AgencyRequestKind::StopPaperless => {
            "Votre agence nous a fait savoir qu’elle ne donne pas suite à votre demande de \
             recevoir de nouveau vos documents par courrier. L’envoi dématérialisé se poursuit."
        }
    };
    Message::new(Language::French, "Votre agence n’a pas donné suite à votre demande")
        .paragraph(refused)
        .quote("Motif indiqué par votre agence", payload.reason.as_deref())
        .paragraph(
            "Pour toute question sur cette réponse, adressez-vous directement à votre agence. Vous \
             pouvez aussi faire une nouvelle demande à tout moment, depuis «\u{a0}Mes \
             demandes\u{a0}» dans votre compte.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .note(
            "Si vous n’êtes pas à l’origine de cette demande, changez votre mot de passe et \
             prévenez votre agence.",
        )
}
