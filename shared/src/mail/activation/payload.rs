//! The data of the mail.

use crate::mail::LinkUrl;

/// The data of the mail.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The link that activates the account.
    pub link: LinkUrl,
}
