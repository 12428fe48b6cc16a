use super::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    let not_delivered = match payload.kind {
        AgencyRequestKind::CloseAccount => {
            "We were unable to reach your agency by e-mail to pass on your request to close your \
             account. Nothing has changed: your Espace locataire account stays open."
        }
        AgencyRequestKind::StopPaperless => {
            "We were unable to reach your agency by e-mail to pass on your request to receive \
             your documents by post again. Nothing has changed: paperless delivery goes on."
        }
    };
    Message::new(Language::English, "Your request did not reach your agency")
        .paragraph(not_delivered)
        .paragraph(
            "You can make this request again in a while, from “My requests” in your account, or \
             contact your agency directly.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .note("If you did not make this request, change your password and tell your agency.")
}
