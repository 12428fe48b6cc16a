//! Requests of a tenant to the agency.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::text;
use super::{FieldCode, LeaseReference};

/// The longest message, in characters.
const MAX_CHARS: usize = 1000;

/// What a tenant can ask the agency for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgencyRequestKind {
    /// To close the account.
    CloseAccount,
    /// To send rent notices on paper again.
    StopPaperless,
}

impl AgencyRequestKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::CloseAccount, Self::StopPaperless];

    /// The other kind.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::CloseAccount => Self::StopPaperless,
            Self::StopPaperless => Self::CloseAccount,
        }
    }

    /// The name in the API and in the audit trail.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CloseAccount => "close-account",
            Self::StopPaperless => "stop-paperless",
        }
    }
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

/// A free text of one or more lines, never markup.
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
        let text = text::lines(&text)?;
        if text.chars().count() > MAX_CHARS {
            return Err(FieldCode::TooLong(MAX_CHARS));
        }
        if text.is_empty() {
            return Err(FieldCode::Required);
        }
        Ok(Self(text))
    }
}

/// A request of a tenant to the agency.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AgencyRequest {
    /// The kind of request.
    pub kind: AgencyRequestKind,
    /// The lease that the request is about.
    pub lease: LeaseReference,
    /// The tenant's message, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// How the request was settled; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settlement>,
}

/// How a request was settled.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Settlement {
    /// Done, refused or not delivered.
    pub state: RequestState,
    /// The time of settlement.
    #[serde(with = "second::required")]
    pub at: Timestamp,
    /// The agency's reason for refusing, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Message>,
}

/// The state of a request.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// The agency has not answered yet.
    Open,
    /// The agency has done what was asked.
    Done,
    /// The agency has refused.
    Refused,
    /// The mail did not reach the agency. The tenant may ask again.
    NotDelivered,
}

impl AgencyRequest {
    /// How long the agency can answer a request. Then the tenant may ask again.
    pub const OPEN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
}

impl Settlement {
    /// Settled as done, at that instant.
    #[must_use]
    pub fn done(at: Timestamp) -> Self {
        Self { state: RequestState::Done, at, reason: None }
    }

    /// Settled as refused, at that instant, with a reason if there is one.
    #[must_use]
    pub fn refused(at: Timestamp, reason: Option<Message>) -> Self {
        Self { state: RequestState::Refused, at, reason }
    }

    /// Settled as not delivered, at that instant.
    #[must_use]
    pub fn not_delivered(at: Timestamp) -> Self {
        Self { state: RequestState::NotDelivered, at, reason: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_lines_and_at_most_1000_characters() {
        let message = |text: &str| Message::try_from(text.to_owned());

        assert_eq!(message(" Bonjour,\r\n\tmerci.\n").unwrap().as_str(), "Bonjour,\n\tmerci.");
        assert!(message(&"é".repeat(1000)).is_ok());
        assert_eq!(message(&"é".repeat(1001)).unwrap_err(), FieldCode::TooLong(1000));
        assert_eq!(message("\u{200b} \n").unwrap_err(), FieldCode::Required);
        assert_eq!(message("a\0b").unwrap_err(), FieldCode::ForbiddenCharacter);
    }
}
