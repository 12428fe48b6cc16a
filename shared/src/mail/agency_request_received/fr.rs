use super::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    let (received, next) = match payload.kind {
        AgencyRequestKind::CloseAccount => (
            "Nous avons bien transmis à votre agence votre demande de fermeture de \
             compte.",
            "Elle sera traitée dans les meilleurs délais. D’ici là, votre compte reste \
             ouvert\u{a0}; un message vous annoncera la suite donnée à votre demande.",
        ),
        AgencyRequestKind::StopPaperless => (
            "Nous avons bien transmis à votre agence votre demande de recevoir de nouveau \
             vos documents par courrier.",
            "Elle sera traitée dans les meilleurs délais. D’ici là, l’envoi dématérialisé \
             se poursuit\u{a0}; un message vous annoncera la suite donnée à votre demande.",
        ),
    };
    Message::new(Language::French, "Votre demande a été transmise à votre agence")
        .paragraph(received)
        .paragraph(next)
        .note(
            "Si vous n’êtes pas à l’origine de cette demande, changez votre mot de passe \
             et prévenez votre agence.",
        )
}
