use super::payload::Payload;
use crate::domain::Language;
use crate::mail::{Draft, Letterhead};

pub(super) fn draft(_: &Payload, _: &Letterhead) -> Draft {
    Draft::new(Language::English, "Your documents will come by post again")
        .paragraph(
            "Paperless delivery of your documents has ended. They will now come to you by post.",
        )
        .paragraph(
            "Your Espace locataire account stays open. You can choose paperless delivery in it \
             again at any time.",
        )
        .note("If you did not ask for this, contact your agency.")
}
