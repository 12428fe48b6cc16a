//! To the agency: what a tenant asks of it, with the link to answer it, for 30 days.
//!
//! A reply reaches the tenant, so the mail says so and warns that it must not carry the link.

mod en;
mod fr;

use std::fmt;

use super::{Draft, Letterhead, LinkUrl};
use crate::domain::{AgencyRequestKind, Language, LeaseReference};

/// What the mail is written from.
#[derive(Clone)]
pub struct Payload {
    /// What is asked.
    pub kind: AgencyRequestKind,
    /// The lease of the account.
    pub lease: LeaseReference,
    /// The tenant's first and last name.
    pub name: String,
    /// What the tenant wants to say beside.
    pub message: Option<String>,
    /// The link that answers the request.
    pub link: LinkUrl,
}

impl fmt::Debug for Payload {
    /// Without the tenant's name and message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, lease, .. } = self;
        f.debug_struct("Payload").field("kind", kind).field("lease", lease).finish_non_exhaustive()
    }
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
