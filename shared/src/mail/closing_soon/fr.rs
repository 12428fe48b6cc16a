use super::Payload;
use crate::domain::Language;
use crate::mail::date::{in_days, in_words};
use crate::mail::{Letterhead, Message};

pub(super) fn message(payload: &Payload, letterhead: &Letterhead) -> Message {
    let (on, when) =
        (in_words(Language::French, payload.on), in_days(Language::French, payload.days));
    Message::new(Language::French, "Votre compte Espace locataire sera bientôt désactivé")
        .paragraph(&format!(
            "Votre bail a pris fin. Le compte de votre foyer sur l’Espace locataire sera \
             désactivé {when}\u{a0}: il ne sera plus possible de s’y connecter."
        ))
        .fact("Date de désactivation", &on)
        .paragraph(
            "Pensez à enregistrer auparavant les informations que vous souhaitez conserver\u{a0}: \
             vous pouvez les télécharger depuis votre compte.",
        )
        .button("Me connecter", &letterhead.portal)
        .paragraph(
            "Vous emménagez dans un autre de nos logements\u{a0}? Connectez-vous et indiquez \
             votre nouveau bail avant cette date\u{a0}: votre compte sera conservé.",
        )
        .note("Si votre bail n’a pas pris fin, adressez-vous à votre agence.")
}
