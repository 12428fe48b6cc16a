use super::payload::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    let refused = match payload.kind {
        AgencyRequestKind::CloseAccount => {
            "Votre agence n’a pas donné suite à votre demande de fermeture de compte. Votre compte \
             Espace locataire reste ouvert."
        }
        AgencyRequestKind::StopPaperless => {
            "Votre agence n’a pas donné suite à votre demande de recevoir de nouveau vos documents \
             par courrier. Ils arrivent toujours sans papier."
        }
    };
    Draft::new(Language::French, "Votre agence n’a pas donné suite à votre demande")
        .paragraph(refused)
        .quote("Motif indiqué par votre agence", payload.reason.as_deref())
        .paragraph(
            "Une question sur cette réponse\u{a0}? Adressez-vous à votre agence. Vous pouvez aussi \
             refaire une demande quand vous voulez, depuis «\u{a0}Mes demandes\u{a0}» dans votre \
             compte.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .note(
            "Si cette demande ne venait pas de vous, changez votre mot de passe et prévenez votre \
             agence.",
        )
}
