use super::payload::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    let (received, next) = match payload.kind {
        AgencyRequestKind::CloseAccount => (
            "We have sent your agency your request to close your account.",
            "It will reply promptly, and a message will tell you the outcome. Until then, your \
             account stays open.",
        ),
        AgencyRequestKind::StopPaperless => (
            "We have sent your agency your request to receive your documents by post again.",
            "It will reply promptly, and a message will tell you the outcome. Until then, your \
             documents still come without paper.",
        ),
    };
    Draft::new(Language::English, "Your request has been passed on to your agency")
        .paragraph(received)
        .paragraph(next)
        .note("If you did not make this request, change your password and tell your agency.")
}
