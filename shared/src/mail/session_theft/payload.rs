//! The data of the mail.

use serde::{Deserialize, Serialize};

use crate::domain::Occasion;

/// The data of the mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// When and from what kind of device the copied cookie came; absent in rows of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
}
