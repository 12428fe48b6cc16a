use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Une session de votre compte a été fermée")
        .paragraph(
            "Par sécurité, nous avons fermé une session de votre compte Espace locataire\u{a0}: le \
             cookie qui la gardait ouverte semble avoir été copié.",
        )
        .occasion(
            Some("Voici quand la copie a servi, et depuis quel appareil."),
            payload.occasion.as_ref(),
        )
        .paragraph(
            "Reconnectez-vous, puis changez votre mot de passe dans le menu de votre profil\u{a0}: \
             toutes vos autres sessions seront fermées.",
        )
        .button("Me connecter", &letterhead.portal)
        .note(
            "Cela peut arriver sans malveillance, par exemple quand un appareil est rétabli à \
             partir d’une sauvegarde. Dans le doute, changez votre mot de passe et prévenez votre \
             agence.",
        )
}
