//! The data of the mail.

use crate::mail::LinkUrl;

/// The data of the mail.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The link to choose a new password.
    pub link: LinkUrl,
}
