use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Vos documents arrivent désormais sans papier")
        .paragraph(
            "L’envoi dématérialisé de vos documents vient d’être choisi dans votre compte Espace \
             locataire\u{a0}: vos avis d’échéance et vos autres documents ne vous parviendront \
             plus par courrier.",
        )
        .paragraph(
            "Vous pouvez revenir au courrier à tout moment\u{a0}: demandez-le à votre agence, \
             depuis «\u{a0}Mes demandes\u{a0}» dans votre compte.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .note(
            "Si vous n’êtes pas à l’origine de ce choix, changez votre mot de passe et prévenez \
             votre agence.",
        )
}
