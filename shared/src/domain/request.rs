//! What a tenant asks of the agency.

use serde::{Deserialize, Serialize};

use super::FieldCode;

/// The longest message, in characters.
const MAX_CHARS: usize = 1000;

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

/// What somebody wants to say beside: text, never markup.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Message(String);

impl Message {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Message {
    type Error = FieldCode;

    fn try_from(text: String) -> Result<Self, FieldCode> {
        if text.chars().count() > MAX_CHARS {
            return Err(FieldCode::TooLong);
        }
        if text.trim().is_empty() {
            return Err(FieldCode::Required);
        }
        Ok(Self(text))
    }
}
