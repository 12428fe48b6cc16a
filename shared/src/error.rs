//! The errors of operations, as callers see them.

use std::error::Error as StdError;

use jiff::SignedDuration;

use crate::domain::{EndOfSession, FieldCode};

/// The problems of the API. Clients tell failures apart by them.
#[derive(
    Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, strum::EnumIter, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Problem {
    /// The body is not JSON, or a field is of the wrong type.
    MalformedBody,
    /// A forged link, or a link for another purpose.
    LinkInvalid,
    /// Unknown address, wrong password or deactivated account. The three are answered alike.
    BadCredentials,
    /// There is no session, or it has ended.
    Unauthenticated,
    /// The call comes from another origin, lacks the IAM signature that it needs, or came past the
    /// proxy in front that the deployment demands.
    Forbidden,
    /// The path, or the thing that it names, does not exist.
    NotFound,
    /// The lease already has an account.
    HouseholdAlreadyRegistered,
    /// The address is another account's identifier.
    EmailAlreadyUsed,
    /// The file would end more accounts than its sender has confirmed.
    TooManyEndings,
    /// The request was settled before, or the household no longer needs it.
    AlreadySettled,
    /// The file, or what it would change, is no longer what the preview showed.
    PreviewOutdated,
    /// The link has expired, or the account no longer needs it.
    LinkExpired,
    /// The link was already used, for operations that tell so.
    LinkUsed,
    /// The body is larger than the limit.
    PayloadTooLarge,
    /// The body's content type is not accepted.
    UnsupportedMediaType,
    /// Fields are missing, unknown or not allowed.
    InvalidFields,
    /// Unknown reference, wrong name or ended lease. The three are answered alike.
    LeaseNotRecognised,
    /// Too many attempts.
    TooManyAttempts,
    /// A dependency failed. No write was left half done.
    Unavailable,
}

impl Problem {
    /// Every problem, in the order of their statuses.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// The code in the API, such as `link_expired`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.code())]
pub enum Error {
    /// The body is not JSON, or a field is of the wrong type.
    MalformedBody,
    /// Fields are missing, unknown or not allowed.
    InvalidFields(Vec<FieldError>),
    /// Unknown reference, wrong name or ended lease. The three are answered alike.
    LeaseNotRecognised,
    /// A forged link, or a link for another purpose.
    LinkInvalid,
    /// The link has expired, or the account no longer needs it.
    LinkExpired,
    /// The link was already used, for operations that tell so.
    LinkUsed,
    /// The lease already has an account.
    HouseholdAlreadyRegistered,
    /// The address is another account's identifier.
    EmailAlreadyUsed,
    /// The file would end more accounts than its sender has confirmed.
    TooManyEndings {
        /// How many accounts the file would end, or end earlier.
        ending: usize,
        /// How many leases in the file have an account.
        of: usize,
    },
    /// The request was settled before, or the household no longer needs it.
    AlreadySettled,
    /// The file, or what it would change, is no longer what the preview showed.
    PreviewOutdated,
    /// Unknown address, wrong password or deactivated account. The three are answered alike.
    BadCredentials,
    /// There is no session, or it has ended.
    Unauthenticated,
    /// The session has ended: `unauthenticated`, with the reason.
    SessionEnded(EndOfSession),
    /// Too many attempts, with the time to wait.
    TooManyAttempts(SignedDuration),
    /// The call comes from another origin, or past the proxy in front.
    Forbidden,
    /// The role of the member of staff does not allow the call: `forbidden`.
    RoleForbids,
    /// The path, or the thing that it names, does not exist.
    NotFound,
    /// The body is larger than the limit.
    PayloadTooLarge,
    /// The body's content type is not accepted.
    UnsupportedMediaType,
    /// A dependency failed. No write was left half done. The cause is logged, never shown.
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

/// A fault of one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// The fault.
    pub code: FieldCode,
}

impl Error {
    /// The error for one fault of one field.
    #[must_use]
    pub fn field(field: &str, code: FieldCode) -> Self {
        Self::InvalidFields(vec![FieldError { field: field.to_owned(), code }])
    }

    /// The problem that clients see.
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
            Self::AlreadySettled => Problem::AlreadySettled,
            Self::PreviewOutdated => Problem::PreviewOutdated,
            Self::BadCredentials => Problem::BadCredentials,
            Self::Unauthenticated | Self::SessionEnded(_) => Problem::Unauthenticated,
            Self::TooManyAttempts(_) => Problem::TooManyAttempts,
            Self::Forbidden | Self::RoleForbids => Problem::Forbidden,
            Self::NotFound => Problem::NotFound,
            Self::PayloadTooLarge => Problem::PayloadTooLarge,
            Self::UnsupportedMediaType => Problem::UnsupportedMediaType,
            Self::Unavailable(_) => Problem::Unavailable,
        }
    }

    /// The code in the API, such as `link_expired`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.problem().code()
    }

    /// After how many seconds a retry makes sense, if that is known.
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
