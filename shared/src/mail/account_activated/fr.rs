use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

const ACTIVATED: &str = "Voici quand le compte a été activé, et depuis quel appareil. Si ce \
                         n’était pas vous, prévenez votre agence.";

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Votre compte Espace locataire est actif")
        .paragraph("Bienvenue\u{a0}! Le compte de votre foyer est maintenant actif.")
        .paragraph(
            "Connectez-vous avec cet identifiant et le mot de passe choisi lors de votre \
             inscription.",
        )
        .fact("Votre identifiant", &payload.identifier.to_string())
        .button("Me connecter", &letterhead.portal)
        .paragraph(
            "Vous pouvez modifier votre adresse e-mail et votre mot de passe à tout moment, dans \
             le menu de votre profil, en haut à droite.",
        )
        .occasion(Some(ACTIVATED), payload.occasion.as_ref())
        .note(
            "Il n’y a qu’un compte par foyer. Gardez ce message\u{a0}: vous y retrouverez votre \
             identifiant.",
        )
}
