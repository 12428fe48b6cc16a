use super::Message;
use crate::domain::{AgencyRequestKind, Language};

/// Tells the household that its request has reached the agency.
pub fn agency_request_received(language: Language, kind: AgencyRequestKind) -> Message {
    match language {
        Language::French => {
            let (received, next) = match kind {
                AgencyRequestKind::CloseAccount => (
                    "Nous avons bien transmis à votre agence votre demande de fermeture de \
                     compte.",
                    "Elle sera traitée dans les meilleurs délais. D’ici là, votre compte reste \
                     ouvert\u{a0}; un message vous annoncera sa fermeture.",
                ),
                AgencyRequestKind::StopPaperless => (
                    "Nous avons bien transmis à votre agence votre demande de recevoir de nouveau \
                     vos documents par courrier.",
                    "Elle sera traitée dans les meilleurs délais. D’ici là, l’envoi dématérialisé \
                     se poursuit\u{a0}; un message vous annoncera le changement.",
                ),
            };
            Message::new(language, "Votre demande a été transmise à votre agence")
                .paragraph(received)
                .paragraph(next)
                .note(
                    "Si vous n’êtes pas à l’origine de cette demande, changez votre mot de passe \
                     et prévenez votre agence.",
                )
        }
        Language::English => {
            let (received, next) = match kind {
                AgencyRequestKind::CloseAccount => (
                    "We have passed your request to close your account on to your agency.",
                    "It will be dealt with promptly. Until then, your account stays open; a \
                     message will tell you when it is closed.",
                ),
                AgencyRequestKind::StopPaperless => (
                    "We have passed your request to receive your documents by post again on to \
                     your agency.",
                    "It will be dealt with promptly. Until then, paperless delivery goes on; a \
                     message will tell you when it has stopped.",
                ),
            };
            Message::new(language, "Your request has been passed on to your agency")
                .paragraph(received)
                .paragraph(next)
                .note("If you did not ask for this, change your password and tell your agency.")
        }
    }
}
