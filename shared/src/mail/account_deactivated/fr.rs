use super::payload::Payload;
use crate::domain::Language;
use crate::mail::date::in_words;
use crate::mail::{Draft, Letterhead, kept};

pub(super) fn draft(payload: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Votre compte Espace locataire est désactivé")
        .paragraph(
            "Votre bail a pris fin\u{a0}: le compte de votre foyer sur l’Espace locataire est \
             désactivé. Il n’est plus possible de s’y connecter.",
        )
        .optional_fact("Désactivation", payload.on.map(|day| in_words(Language::French, day)))
        .optional_fact(
            "Effacement des données",
            payload.erased_on.map(|day| in_words(Language::French, day)),
        )
        .paragraph(&kept::until(Language::French, payload.erased_on))
        .paragraph(
            "Vous êtes toujours, ou de nouveau, locataire de l’un de nos logements\u{a0}? \
             Inscrivez-vous avec la référence client de votre bail en cours.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .note("Si votre bail n’a pas pris fin, adressez-vous à votre agence.")
}
