use super::payload::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    let not_delivered = match payload.kind {
        AgencyRequestKind::CloseAccount => {
            "Your request to close your account did not reach your agency: we could not get \
             through to it by e-mail. Nothing has changed, and your Espace locataire account stays \
             open."
        }
        AgencyRequestKind::StopPaperless => {
            "Your request to receive your documents by post again did not reach your agency: we \
             could not get through to it by e-mail. Nothing has changed, and your documents still \
             come without paper."
        }
    };
    Draft::new(Language::English, "Your request did not reach your agency")
        .paragraph(not_delivered)
        .paragraph(
            "Contact your agency directly, or make the request again later, from “My requests” in \
             your account.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .note("If you did not make this request, change your password and tell your agency.")
}
