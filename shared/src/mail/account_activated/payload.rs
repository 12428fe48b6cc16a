//! The data of the mail.

use serde::{Deserialize, Serialize};

use crate::domain::{EmailAddress, Occasion};

/// The data of the mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The identifier of the account.
    pub identifier: EmailAddress,
    /// When and from what kind of device it was done; absent in rows of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
}
