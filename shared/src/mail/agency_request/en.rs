use super::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    let (subject, asked, done) = match payload.kind {
        AgencyRequestKind::CloseAccount => (
            "A tenant asks for their account to be closed",
            "A tenant asks for their household’s account on Espace locataire to be \
             closed.",
            "Once the request is confirmed, the account is closed and its sessions are \
             ended; the tenant is told by e-mail.",
        ),
        AgencyRequestKind::StopPaperless => (
            "A tenant asks to receive their documents by post",
            "A tenant asks to leave paperless delivery, to receive their documents by \
             post again.",
            "Once the request is confirmed, paperless delivery stops; the tenant is told \
             by e-mail.",
        ),
    };
    Message::new(Language::English, subject)
        .reply_goes_to_the_tenant()
        .paragraph(asked)
        .fact("Client reference", payload.lease.as_str())
        .fact("Tenant", &payload.name)
        .quote("Message from the tenant", payload.message.as_deref())
        .paragraph(
            "The link below opens the page where this request is dealt with. Please do so \
             promptly, as the terms of use say.",
        )
        .button("Deal with the request", payload.link.reveal())
        .paragraph(done)
        .note(
            "This link is valid for 30\u{a0}days and is an authorisation in itself: \
             forward this message only to someone entitled to deal with the request.",
        )
}
