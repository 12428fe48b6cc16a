use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Votre compte est rattaché à un autre bail")
        .paragraph(
            "Votre compte Espace locataire vient d’être rattaché à un autre bail, dont voici la \
             référence client. Il n’est plus rattaché au bail précédent.",
        )
        .fact("Référence client", payload.lease.as_str())
        .occasion(None, payload.occasion.as_ref())
        .paragraph(
            "Si c’était vous, vous n’avez rien à faire\u{a0}: votre identifiant et votre mot de \
             passe restent les mêmes.",
        )
        .paragraph(
            "Si ce n’était pas vous, connectez-vous tout de suite et changez votre mot de passe \
             dans le menu de votre profil\u{a0}: toutes vos autres sessions seront fermées. \
             Prévenez ensuite votre agence.",
        )
        .button("Me connecter", &letterhead.portal)
}
