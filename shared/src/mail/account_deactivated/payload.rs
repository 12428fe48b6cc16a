//! The data of the mail.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The data of the mail. Rows of earlier versions have none of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The day of deactivation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// The day on which the account's data is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_on: Option<Date>,
}
