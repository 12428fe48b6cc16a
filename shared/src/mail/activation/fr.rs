use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::French, "Activez votre compte Espace locataire")
        .paragraph(
            "Vous avez demandé un compte sur l’Espace locataire. Il reste une étape, \
             indispensable\u{a0}: suivez ce lien pour l’activer.",
        )
        .button("Activer mon compte", payload.link.reveal())
        .paragraph(
            "Ce lien est valable 24\u{a0}heures. Dans un autre navigateur que celui de votre \
             inscription, il vous demandera le mot de passe que vous avez choisi.",
        )
        .paragraph("Un second message vous confirmera que votre compte est actif.")
        .note("Si vous n’avez rien demandé, ignorez ce message\u{a0}: aucun compte ne sera ouvert.")
}
