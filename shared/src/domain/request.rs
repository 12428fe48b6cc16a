//! What a tenant asks of the agency.

use serde::{Deserialize, Serialize};

use crate::error::FieldCode;

/// What a tenant asks of the agency.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgencyRequestKind {
    /// That the account be closed.
    CloseAccount,
    /// That rent notices come on paper again.
    StopPaperless,
}

impl TryFrom<String> for AgencyRequestKind {
    type Error = FieldCode;

    fn try_from(kind: String) -> Result<Self, FieldCode> {
        match kind.as_str() {
            "close-account" => Ok(Self::CloseAccount),
            "stop-paperless" => Ok(Self::StopPaperless),
            _ => Err(FieldCode::NotAllowed),
        }
    }
}
