use super::payload::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    let not_delivered = match payload.kind {
        AgencyRequestKind::CloseAccount => {
            "Votre demande de fermeture de compte n’est pas parvenue à votre agence\u{a0}: nous \
             n’avons pas réussi à la joindre par e-mail. Rien n’a changé, votre compte Espace \
             locataire reste ouvert."
        }
        AgencyRequestKind::StopPaperless => {
            "Votre demande de recevoir de nouveau vos documents par courrier n’est pas parvenue à \
             votre agence\u{a0}: nous n’avons pas réussi à la joindre par e-mail. Rien n’a changé, \
             vos documents arrivent toujours sans papier."
        }
    };
    Draft::new(Language::French, "Votre demande n’est pas parvenue à votre agence")
        .paragraph(not_delivered)
        .paragraph(
            "Adressez-vous directement à votre agence, ou refaites la demande plus tard, depuis \
             «\u{a0}Mes demandes\u{a0}» dans votre compte.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .note(
            "Si cette demande ne vient pas de vous, changez votre mot de passe et prévenez votre \
             agence.",
        )
}
