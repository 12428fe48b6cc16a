//! The data of the mail.

use crate::domain::Occasion;
use crate::mail::LinkUrl;

/// The data of the mail.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The new identifier, masked: the tenant recognises it, and nobody else learns it.
    pub new_address_masked: String,
    /// When and from what kind of device it was done; absent in links of earlier versions.
    pub occasion: Option<Occasion>,
    /// The link that undoes the change.
    pub link: LinkUrl,
}
