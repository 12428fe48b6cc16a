use super::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    let not_delivered = match payload.kind {
        AgencyRequestKind::CloseAccount => {
            "Nous n’avons pas réussi à joindre votre agence par e-mail pour lui transmettre votre \
             demande de fermeture de compte. Rien n’a changé\u{a0}: votre compte Espace locataire \
             reste ouvert."
        }
        AgencyRequestKind::StopPaperless => {
            "Nous n’avons pas réussi à joindre votre agence par e-mail pour lui transmettre votre \
             demande de recevoir de nouveau vos documents par courrier. Rien n’a changé\u{a0}: \
             l’envoi dématérialisé se poursuit."
        }
    };
    Message::new(Language::French, "Votre demande n’est pas parvenue à votre agence")
        .paragraph(not_delivered)
        .paragraph(
            "Vous pouvez renouveler cette demande dans quelque temps, depuis «\u{a0}Mes \
             demandes\u{a0}» dans votre compte, ou vous adresser directement à votre agence.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .note(
            "Si vous n’êtes pas à l’origine de cette demande, changez votre mot de passe et \
             prévenez votre agence.",
        )
}
