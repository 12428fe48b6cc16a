use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Votre compte est rattaché à un autre bail")
        .paragraph(
            "Votre compte Espace locataire vient d’être rattaché à un autre bail, dont voici la \
             référence client. Il n’est plus rattaché au bail précédent.",
        )
        .fact("Référence client", payload.lease.as_str())
        .paragraph(
            "Si vous êtes à l’origine de ce changement, vous n’avez rien à faire\u{a0}: votre \
             identifiant et votre mot de passe restent les mêmes.",
        )
        .paragraph(
            "Sinon, connectez-vous sans attendre et changez votre mot de passe dans le menu de \
             votre profil\u{a0}: toutes vos autres sessions seront alors fermées. Prévenez ensuite \
             votre agence.",
        )
        .button("Me connecter", &letterhead.portal)
}
