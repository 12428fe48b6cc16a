use super::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    let (received, next) = match payload.kind {
        AgencyRequestKind::CloseAccount => (
            "We have passed your request to close your account on to your agency.",
            "It will be dealt with promptly. Until then, your account stays open; a \
             message will tell you the outcome.",
        ),
        AgencyRequestKind::StopPaperless => (
            "We have passed your request to receive your documents by post again on to \
             your agency.",
            "It will be dealt with promptly. Until then, paperless delivery goes on; a \
             message will tell you the outcome.",
        ),
    };
    Message::new(Language::English, "Your request has been passed on to your agency")
        .paragraph(received)
        .paragraph(next)
        .note("If you did not ask for this, change your password and tell your agency.")
}
