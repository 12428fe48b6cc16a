//! The data of the mail.

use serde::{Deserialize, Serialize};

/// The data of the mail: none, every recipient gets the same text.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {}
