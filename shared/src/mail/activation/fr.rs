use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, _: &Letterhead) -> Message {
    Message::new(Language::French, "Activez votre compte Espace locataire")
        .paragraph(
            "Vous avez demandé l’ouverture d’un compte sur l’Espace locataire. Pour terminer \
             votre inscription, il est indispensable de suivre ce lien.",
        )
        .button("Activer mon compte", payload.link.reveal())
        .paragraph(
            "Ce lien est valable 24\u{a0}heures. Si vous l’ouvrez dans un autre navigateur \
             que celui de votre inscription, le mot de passe que vous avez choisi vous sera \
             demandé.",
        )
        .paragraph("Un second message vous annoncera ensuite que votre compte est actif.")
        .note(
            "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message\u{a0}: aucun \
             compte ne sera ouvert.",
        )
}
