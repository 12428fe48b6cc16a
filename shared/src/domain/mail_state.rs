//! How mails to an address fare.

use serde::{Deserialize, Serialize};

/// What became of the mails to an address, where that was not well.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// They come back for good.
    Bounced,
    /// Its owner called them unwanted.
    Complained,
}
