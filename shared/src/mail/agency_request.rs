use super::Message;
use crate::domain::{AgencyRequestKind, Language};

/// To the agency: what a tenant asks of it, with the link to answer it, for 30 days.
pub fn agency_request(
    language: Language,
    kind: AgencyRequestKind,
    lease: &str,
    name: &str,
    message: Option<&str>,
    link: &str,
) -> Message {
    match language {
        Language::French => {
            let (subject, asked, done) = match kind {
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
            Message::new(language, subject)
                .paragraph(asked)
                .fact("Référence client", lease)
                .fact("Locataire", name)
                .quote("Message du locataire", message)
                .paragraph(
                    "Ce lien ouvre la page qui permet de traiter cette demande. Merci d’y donner \
                     suite rapidement, comme le prévoient les conditions d’utilisation.",
                )
                .button("Traiter la demande", link)
                .paragraph(done)
                .note(
                    "Ce lien est valable 30\u{a0}jours et vaut autorisation\u{a0}: ne transférez \
                     ce message qu’à une personne habilitée à traiter la demande.",
                )
        }
        Language::English => {
            let (subject, asked, done) = match kind {
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
            Message::new(language, subject)
                .paragraph(asked)
                .fact("Client reference", lease)
                .fact("Tenant", name)
                .quote("Message from the tenant", message)
                .paragraph(
                    "The link below opens the page where this request is dealt with. Please do so \
                     promptly, as the terms of use say.",
                )
                .button("Deal with the request", link)
                .paragraph(done)
                .note(
                    "This link is valid for 30\u{a0}days and is an authorisation in itself: \
                     forward this message only to someone entitled to deal with the request.",
                )
        }
    }
}
