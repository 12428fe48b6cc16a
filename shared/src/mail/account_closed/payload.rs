//! The data of the mail.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::Occasion;

/// The data of the mail. Rows of earlier versions have none of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// When the account was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
    /// Who wanted the account closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_by: Option<WantedBy>,
    /// The day on which the account's data is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_on: Option<Date>,
}

/// Who wanted an account closed. The agency closes it in either case.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedBy {
    /// The tenant asked for it.
    Tenant,
    /// The agency, or another system of the landlord, without a request.
    Agency,
}
