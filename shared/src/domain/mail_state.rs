//! Whether mails to an address come back.

use serde::{Deserialize, Serialize};

/// Why mails to an address do not arrive.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// A mail bounced permanently.
    Bounced,
    /// The recipient marked a mail as spam.
    Complained,
}

impl MailState {
    /// The name in the API and in the row of the act.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }
}
