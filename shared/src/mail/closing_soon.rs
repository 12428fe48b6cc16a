use jiff::civil::Date;

use super::Message;
use super::date::{in_days, in_words};
use crate::domain::Language;

/// Warns the household that its account will be deactivated `on` that day, in so many `days`.
pub fn closing_soon(language: Language, on: Date, days: i64, portal: &str) -> Message {
    let (on, when) = (in_words(language, on), in_days(language, days));
    match language {
        Language::French => Message::new(
            language,
            "Votre compte Espace locataire sera bientôt désactivé",
        )
        .paragraph(&format!(
            "Votre bail a pris fin. Le compte de votre foyer sur l’Espace locataire sera \
             désactivé {when}\u{a0}: il ne sera plus possible de s’y connecter."
        ))
        .fact("Date de désactivation", &on)
        .paragraph(
            "Pensez à enregistrer auparavant les informations que vous souhaitez conserver\u{a0}: \
             vous pouvez les télécharger depuis votre compte.",
        )
        .button("Me connecter", portal)
        .paragraph(
            "Vous emménagez dans un autre de nos logements\u{a0}? Connectez-vous et indiquez \
             votre nouveau bail avant cette date\u{a0}: votre compte sera conservé.",
        )
        .note("Si votre bail n’a pas pris fin, adressez-vous à votre agence."),
        Language::English => Message::new(
            language,
            "Your Espace locataire account will soon be deactivated",
        )
        .paragraph(&format!(
            "Your lease has ended. Your household’s account on Espace locataire will be \
             deactivated {when}: it will no longer be possible to sign in to it."
        ))
        .fact("Date of deactivation", &on)
        .paragraph(
            "Remember to save the information you want to keep before then: you can download it \
             from your account.",
        )
        .button("Sign in", portal)
        .paragraph(
            "Are you moving to another of our homes? Sign in and enter your new lease before this \
             date: your account will be kept.",
        )
        .note("If your lease has not ended, contact your agency."),
    }
}
