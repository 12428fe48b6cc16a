use super::payload::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    let refused = match payload.kind {
        AgencyRequestKind::CloseAccount => {
            "Your agency has declined your request to close your account. Your Espace locataire \
             account stays open."
        }
        AgencyRequestKind::StopPaperless => {
            "Your agency has declined your request to receive your documents by post again. They \
             still come without paper."
        }
    };
    Draft::new(Language::English, "Your agency has declined your request")
        .paragraph(refused)
        .quote("Reason given by your agency", payload.reason.as_deref())
        .paragraph(
            "Do you have a question about this answer? Contact your agency. You can also make a \
             new request at any time, from “My requests” in your account.",
        )
        .button("Open Espace locataire", &letterhead.portal)
        .note("If you did not make this request, change your password and tell your agency.")
}
