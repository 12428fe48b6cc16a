use super::payload::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    let (received, next) = match payload.kind {
        AgencyRequestKind::CloseAccount => (
            "Nous avons bien transmis à votre agence votre demande de fermeture de compte.",
            "Elle y répondra rapidement, et un message vous dira la suite donnée. D’ici là, votre \
             compte reste ouvert.",
        ),
        AgencyRequestKind::StopPaperless => (
            "Nous avons bien transmis à votre agence votre demande de recevoir de nouveau vos \
             documents par courrier.",
            "Elle y répondra rapidement, et un message vous dira la suite donnée. D’ici là, vos \
             documents arrivent toujours sans papier.",
        ),
    };
    Draft::new(Language::French, "Votre demande a été transmise à votre agence")
        .paragraph(received)
        .paragraph(next)
        .note(
            "Si cette demande ne vient pas de vous, changez votre mot de passe et prévenez votre \
             agence.",
        )
}
