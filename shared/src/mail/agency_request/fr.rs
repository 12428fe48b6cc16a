use super::payload::Payload;
use crate::domain::{AgencyRequestKind, Language};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    let (subject, asked, done) = match payload.kind {
        AgencyRequestKind::CloseAccount => (
            "Un locataire demande la fermeture de son compte",
            "Un locataire demande la fermeture du compte de son foyer sur l’Espace locataire.",
            "Si vous confirmez, le compte est fermé et toutes ses sessions aussi. Quelle que soit \
             votre réponse, le locataire en est averti par e-mail.",
        ),
        AgencyRequestKind::StopPaperless => (
            "Un locataire demande à recevoir ses documents par courrier",
            "Un locataire demande la fin de l’envoi sans papier, pour recevoir de nouveau ses \
             documents par courrier.",
            "Si vous confirmez, l’envoi sans papier prend fin. Quelle que soit votre réponse, le \
             locataire en est averti par e-mail.",
        ),
    };
    Draft::new(Language::French, subject)
        .reply_goes_to_the_tenant()
        .paragraph(asked)
        .fact("Référence client", payload.lease.as_str())
        .fact("Locataire", &payload.name)
        .quote("Message du locataire", payload.message.as_deref())
        .paragraph(
            "Pour y répondre, suivez ce lien. Merci de le faire rapidement, comme le prévoient les \
             conditions d’utilisation.",
        )
        .button("Traiter la demande", payload.link.reveal())
        .paragraph(done)
        .note(
            "Ce lien est valable 30\u{a0}jours et vaut autorisation\u{a0}: ne transférez ce \
             message qu’à une personne habilitée à traiter la demande.",
        )
}
