//! What a caller can see when an operation fails.

use std::error::Error as StdError;

use jiff::SignedDuration;

use crate::domain::{EndOfSession, FieldCode};

/// Why an operation fails, as its caller is told.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.code())]
pub enum Error {
    /// The body is not JSON, or a field is of the wrong type.
    MalformedBody,
    /// Fields that are missing, unknown or not allowed.
    InvalidFields(Vec<FieldError>),
    /// Unknown reference, other name, or ended lease: one answer for the three.
    LeaseNotRecognised,
    /// A link that nobody made, or of another purpose.
    LinkInvalid,
    /// A link that can be used no more.
    LinkExpired,
    /// A link that was used, where that matters.
    LinkUsed,
    /// The lease has an account already.
    HouseholdAlreadyRegistered,
    /// The address is another account's identifier.
    EmailAlreadyUsed,
    /// A file that would end more accounts than its sender has confirmed.
    TooManyEndings {
        /// How many accounts it would end, or end earlier.
        ending: usize,
        /// How many accounts there are among the leases that it names.
        of: usize,
    },
    /// Unknown address, wrong password, deactivated account: one answer for the three.
    BadCredentials,
    /// No session, or one that has ended.
    Unauthenticated,
    /// A session that has ended, and why: `unauthenticated`, with a reason.
    SessionEnded(EndOfSession),
    /// Too many attempts; when the next one is allowed.
    TooManyAttempts(SignedDuration),
    /// Not from another origin.
    Forbidden,
    /// Nothing of that name.
    NotFound,
    /// A body over the limit.
    PayloadTooLarge,
    /// A body of another type.
    UnsupportedMediaType,
    /// A dependency failed; nothing was half done. The cause is logged, never shown.
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

/// What is wrong with one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What is wrong with it.
    pub code: FieldCode,
}

impl Error {
    /// One field's fault.
    #[must_use]
    pub fn field(field: &str, code: FieldCode) -> Self {
        Self::InvalidFields(vec![FieldError { field: field.to_owned(), code }])
    }

    /// What clients tell problems apart by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedBody => "malformed_body",
            Self::InvalidFields(_) => "invalid_fields",
            Self::LeaseNotRecognised => "lease_not_recognised",
            Self::LinkInvalid => "link_invalid",
            Self::LinkExpired => "link_expired",
            Self::LinkUsed => "link_used",
            Self::HouseholdAlreadyRegistered => "household_already_registered",
            Self::EmailAlreadyUsed => "email_already_used",
            Self::TooManyEndings { .. } => "too_many_endings",
            Self::BadCredentials => "bad_credentials",
            Self::Unauthenticated | Self::SessionEnded(_) => "unauthenticated",
            Self::TooManyAttempts(_) => "too_many_attempts",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// After how many seconds it is worth trying again, if that is known.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<i64> {
        match self {
            Self::TooManyAttempts(wait) => Some(wait.as_secs().max(1)),
            Self::Unavailable(_) => Some(5),
            _ => None,
        }
    }
}

/// `error` and its causes in one line, for the log.
#[must_use]
pub fn chain(error: &dyn StdError) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    let mut lines: Vec<String> = causes.map(ToString::to_string).collect();
    lines.dedup();
    lines.join(": ")
}
