use super::payload::Payload;
use crate::domain::Language;
use crate::mail::date::{in_days, in_words};
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    let (on, when) =
        (in_words(Language::French, payload.on), in_days(Language::French, payload.days));
    Draft::new(Language::French, "Votre compte Espace locataire sera bientôt désactivé")
        .paragraph(&format!(
            "Votre bail a pris fin. Le compte de votre foyer sur l’Espace locataire sera désactivé \
             {when}\u{a0}: vous ne pourrez plus vous y connecter."
        ))
        .fact("Date de désactivation", &on)
        .paragraph(
            "Avant cette date, gardez ce qui vous est utile\u{a0}: connectez-vous, choisissez \
             «\u{a0}Mes données\u{a0}» et téléchargez-les.",
        )
        .button("Me connecter", &letterhead.portal)
        .paragraph(
            "Vous emménagez dans un autre de nos logements\u{a0}? Connectez-vous et choisissez \
             «\u{a0}Changer de bail\u{a0}» avant cette date\u{a0}: vous garderez votre compte.",
        )
        .note("Si votre bail n’a pas pris fin, prévenez votre agence sans attendre.")
}
