use super::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    let (subject, asked, done) = match payload.kind {
        AgencyRequestKind::CloseAccount => (
            "Un locataire demande la fermeture de son compte",
            "Un locataire demande la fermeture du compte de son foyer sur l’Espace \
             locataire.",
            "Une fois la demande confirmée, le compte est fermé et ses sessions sont \
             closes\u{a0}; le locataire en est averti par e-mail.",
        ),
        AgencyRequestKind::StopPaperless => (
            "Un locataire demande à recevoir ses documents par courrier",
            "Un locataire demande la fin de l’envoi dématérialisé de ses documents, pour \
             les recevoir de nouveau par courrier.",
            "Une fois la demande confirmée, l’envoi dématérialisé prend fin\u{a0}; le \
             locataire en est averti par e-mail.",
        ),
    };
    Message::new(Language::French, subject)
        .reply_goes_to_the_tenant()
        .paragraph(asked)
        .fact("Référence client", payload.lease.as_str())
        .fact("Locataire", &payload.name)
        .quote("Message du locataire", payload.message.as_deref())
        .paragraph(
            "Ce lien ouvre la page qui permet de traiter cette demande. Merci d’y donner \
             suite rapidement, comme le prévoient les conditions d’utilisation.",
        )
        .button("Traiter la demande", payload.link.reveal())
        .paragraph(done)
        .note(
            "Ce lien est valable 30\u{a0}jours et vaut autorisation\u{a0}: ne transférez \
             ce message qu’à une personne habilitée à traiter la demande.",
        )
}
