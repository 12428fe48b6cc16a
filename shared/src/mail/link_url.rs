//! The URL of a mailed link.

use std::fmt;

/// The URL of a mailed link. Anybody who has the URL can follow the link.
///
/// It is made when the mail is sent, and never stored, logged or serialised.
#[derive(Clone)]
pub struct LinkUrl(String);

impl LinkUrl {
    /// The URL with the token, for the body of a mail.
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
