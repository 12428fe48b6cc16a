//! Mails a tenant's request to the agency, with the link to answer it, valid for 30 days.
//!
//! A reply reaches the tenant. The mail says so and warns that a reply must not contain the link.

mod en;
mod fr;

use std::fmt;

use super::{Draft, Letterhead, LinkUrl};
use crate::domain::{AgencyRequestKind, Language, LeaseReference};

/// The data of the mail.
#[derive(Clone)]
pub struct Payload {
    /// The kind of the request.
    pub kind: AgencyRequestKind,
    /// The lease of the account.
    pub lease: LeaseReference,
    /// The tenant's first and last name.
    pub name: String,
    /// The tenant's message, if there is one.
    pub message: Option<String>,
    /// The link that answers the request.
    pub link: LinkUrl,
}

impl fmt::Debug for Payload {
    /// Leaves out the tenant's name and message.
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
