//! The data of the mail.

use std::fmt;

use crate::domain::{AgencyRequestKind, LeaseReference};
use crate::mail::LinkUrl;

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
