//! The data of the mail.

use crate::mail::LinkUrl;

/// The data of the mail.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The link that confirms the address.
    pub link: LinkUrl,
}
