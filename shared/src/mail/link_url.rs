//! The address of a mailed link.

use std::fmt;

/// The address of a mailed link: whoever has it can follow the link.
///
/// It is put together when the mail is sent, and never stored, logged or serialised.
#[derive(Clone)]
pub struct LinkUrl(String);

impl LinkUrl {
    /// The address, token included, for the body of a mail.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for LinkUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for LinkUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkUrl(…)")
    }
}
