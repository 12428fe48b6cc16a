use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Vos documents arrivent désormais sans papier")
        .paragraph(
            "L’envoi sans papier vient d’être choisi dans votre compte Espace locataire\u{a0}: vos \
             avis d’échéance et vos autres documents ne vous parviendront plus par courrier.",
        )
        .occasion(None, payload.occasion.as_ref())
        .paragraph(
            "Vous préférez le courrier\u{a0}? Demandez-le à votre agence quand vous voulez, depuis \
             «\u{a0}Mes demandes\u{a0}» dans votre compte.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .note("Si ce n’était pas vous, changez votre mot de passe et prévenez votre agence.")
}
