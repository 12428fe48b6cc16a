use super::payload::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    let (subject, asked, done) = match payload.kind {
        AgencyRequestKind::CloseAccount => (
            "A tenant asks for their account to be closed",
            "A tenant asks for their household’s account on Espace locataire to be closed.",
            "If you confirm, the account is closed and all its sessions are ended. Whatever you \
             answer, the tenant is told by e-mail.",
        ),
        AgencyRequestKind::StopPaperless => (
            "A tenant asks to receive their documents by post",
            "A tenant asks to leave paperless delivery, to receive their documents by post again.",
            "If you confirm, paperless delivery ends. Whatever you answer, the tenant is told by \
             e-mail.",
        ),
    };
    Draft::new(Language::English, subject)
        .reply_goes_to_the_tenant()
        .paragraph(asked)
        .fact("Customer reference", payload.lease.as_str())
        .fact("Tenant", &payload.name)
        .quote("Message from the tenant", payload.message.as_deref())
        .paragraph(
            "To answer it, follow this link. Please do so promptly, as the terms of use say.",
        )
        .button("Deal with the request", payload.link.reveal())
        .paragraph(done)
        .note(
            "This link is valid for 30\u{a0}days and is an authorisation in itself: forward this \
             message only to someone entitled to deal with the request.",
        )
}
