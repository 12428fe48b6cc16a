//! The data of the mail.

use serde::{Deserialize, Serialize};

use crate::domain::{LeaseReference, Occasion};

/// The data of the mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The lease that the account now follows.
    pub lease: LeaseReference,
    /// When and from what kind of device it was done; absent in rows of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
}
