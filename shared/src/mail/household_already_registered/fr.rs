use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(_: &Payload, letterhead: &Letterhead) -> Draft {
    Draft::new(Language::French, "Votre foyer dispose déjà d’un compte")
        .paragraph(
            "Un compte sur l’Espace locataire vient d’être demandé pour votre foyer, qui en a déjà \
             un. Il n’y a qu’un compte par foyer\u{a0}: aucun autre n’a été créé.",
        )
        .paragraph(
            "Si la demande vient de vous, voyez avec la personne de votre foyer qui s’est \
             inscrite. Vous pouvez aussi choisir «\u{a0}Identifiant oublié\u{a0}» sur la page de \
             connexion\u{a0}: l’identifiant sera rappelé à l’adresse e-mail du compte.",
        )
        .button("Ouvrir l’Espace locataire", &letterhead.portal)
        .paragraph(
            "Vous n’avez plus accès à ce compte, par exemple parce que cette personne est \
             partie\u{a0}? Votre agence vous aidera.",
        )
        .note("Si vous n’avez rien demandé, ignorez ce message\u{a0}: rien n’a changé.")
}
