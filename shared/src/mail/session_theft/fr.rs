use super::Payload;
use crate::domain::Language;
use crate::mail::{Letterhead, Message};

pub(super) fn message(_: &Payload, letterhead: &Letterhead) -> Message {
    Message::new(Language::French, "Une session de votre compte a été fermée")
        .paragraph(
            "Par sécurité, nous avons fermé une session de votre compte Espace locataire. Le \
             cookie de connexion de l’un de vos navigateurs a été utilisé d’une manière qui \
             laisse penser qu’il a été copié.",
        )
        .paragraph(
            "Nous vous conseillons de vous reconnecter, puis de changer votre mot de passe \
             dans le menu de votre profil\u{a0}: toutes vos autres sessions seront alors \
             fermées.",
        )
        .button("Me connecter", &letterhead.portal)
        .note(
            "Cela peut arriver sans malveillance, lorsqu’un appareil est remis dans un état \
             antérieur à partir d’une sauvegarde. Dans le doute, changez votre mot de passe \
             et prévenez votre agence.",
        )
}
