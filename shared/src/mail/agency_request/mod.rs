//! Mails a tenant's request to the agency, with the link to answer it, valid for 30 days.
//!
//! A reply reaches the tenant. The mail says so and warns that a reply must not contain the link.

mod en;
mod fr;
mod payload;

pub use payload::Payload;

use super::{Draft, Letterhead};
use crate::domain::Language;

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
