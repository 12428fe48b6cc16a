//! The data of the mail.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The data of the mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The day of deactivation.
    pub on: Date,
    /// The days from the warning to the deactivation.
    pub days: i64,
}
