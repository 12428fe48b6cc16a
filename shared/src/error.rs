//! What a caller can see when an operation fails.

use std::error::Error as StdError;

use jiff::SignedDuration;

use crate::domain::{EndOfSession, FieldCode};

/// The problems there are: what clients tell failures apart by.
#[derive(
    Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, strum::EnumIter, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Problem {
    /// The body is not JSON, or a field is of the wrong type.
    MalformedBody,
    /// A link that nobody made, or of another purpose.
    LinkInvalid,
    /// Unknown address, wrong password, deactivated account: one answer for the three.
    BadCredentials,
    /// No session, or one that has ended.
    Unauthenticated,
    /// Not from another origin, or not without IAM.
    Forbidden,
    /// Nothing of that name.
    NotFound,
    /// The lease has an account already.
    HouseholdAlreadyRegistered,
    /// The address is another account's identifier.
    EmailAlreadyUsed,
    /// A file that would end more accounts than its sender has confirmed.
    TooManyEndings,
    /// A link that can be used no more.
    LinkExpired,
    /// A link that was used, where that matters.
    LinkUsed,
    /// A body over the limit.
    PayloadTooLarge,
    /// A body of another type.
    UnsupportedMediaType,
    /// Fields that are missing, unknown or not allowed.
    InvalidFields,
    /// Unknown reference, other name, or ended lease: one answer for the three.
    LeaseNotRecognised,
    /// Too many attempts.
    TooManyAttempts,
    /// A dependency failed; nothing was half done.
    Unavailable,
}

impl Problem {
    /// Every problem, in the order of their statuses.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// Its name in the API: `link_expired`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }
}

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

    /// The problem that it is to clients.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::MalformedBody => Problem::MalformedBody,
            Self::InvalidFields(_) => Problem::InvalidFields,
            Self::LeaseNotRecognised => Problem::LeaseNotRecognised,
            Self::LinkInvalid => Problem::LinkInvalid,
            Self::LinkExpired => Problem::LinkExpired,
            Self::LinkUsed => Problem::LinkUsed,
            Self::HouseholdAlreadyRegistered => Problem::HouseholdAlreadyRegistered,
            Self::EmailAlreadyUsed => Problem::EmailAlreadyUsed,
            Self::TooManyEndings { .. } => Problem::TooManyEndings,
            Self::BadCredentials => Problem::BadCredentials,
            Self::Unauthenticated | Self::SessionEnded(_) => Problem::Unauthenticated,
            Self::TooManyAttempts(_) => Problem::TooManyAttempts,
            Self::Forbidden => Problem::Forbidden,
            Self::NotFound => Problem::NotFound,
            Self::PayloadTooLarge => Problem::PayloadTooLarge,
            Self::UnsupportedMediaType => Problem::UnsupportedMediaType,
            Self::Unavailable(_) => Problem::Unavailable,
        }
    }

    /// What clients tell it apart by.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.problem().code()
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
