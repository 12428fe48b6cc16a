use super::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    let refused = match payload.kind {
        AgencyRequestKind::CloseAccount => {
            "Your agency has told us that it declines your request to close your account. Your \
             Espace locataire account stays open."
        }
        AgencyRequestKind::StopPaperless => {
            "Your agency has told us that it declines your request to receive your documents by \
             post again. Paperless delivery goes on."
        }
    };
    Message::new(Language::English, "Your agency has declined your request")
        .paragraph(refused)
        .quote("Reason given by your agency", payload.reason.as_deref())
        .paragraph(
            "If you have any questions about this answer, contact your agency directly. You can \
             also make a new request at any time, from “My requests” in your account.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .note("If you did not make this request, change your password and tell your agency.")
}
