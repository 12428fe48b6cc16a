//! What a caller can see when an operation fails.

mod texts;

use std::error::Error as StdError;
use std::fmt;

use jiff::SignedDuration;

/// Why an operation fails, as its caller is told.
#[derive(Debug)]
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
    /// Unknown address, wrong password, deactivated account: one answer for the three.
    BadCredentials,
    /// No session, or one that has ended.
    Unauthenticated,
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
    Unavailable(Box<dyn StdError + Send + Sync>),
}

/// What is wrong with one field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What is wrong with it.
    pub code: FieldCode,
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is its code, spelled out")]
pub enum FieldCode {
    Required,
    UnknownField,
    InvalidEmail,
    InvalidLease,
    PasswordTooShort,
    PasswordTooLong,
    PasswordNeedsLetter,
    PasswordNeedsDigit,
    PasswordBeginsWithName,
    PasswordBeginsWithEmail,
    PasswordTooCommon,
    WrongPassword,
    TermsNotCurrent,
    NotAllowed,
    TooLong,
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
            Self::BadCredentials => "bad_credentials",
            Self::Unauthenticated => "unauthenticated",
            Self::TooManyAttempts(_) => "too_many_attempts",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// Its HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::MalformedBody | Self::LinkInvalid => 400,
            Self::BadCredentials | Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::HouseholdAlreadyRegistered | Self::EmailAlreadyUsed => 409,
            Self::LinkExpired | Self::LinkUsed => 410,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::InvalidFields(_) | Self::LeaseNotRecognised => 422,
            Self::TooManyAttempts(_) => 429,
            Self::Unavailable(_) => 503,
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

impl FieldCode {
    /// What clients tell faults apart by.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownField => "unknown_field",
            Self::InvalidEmail => "invalid_email",
            Self::InvalidLease => "invalid_lease",
            Self::PasswordTooShort => "password_too_short",
            Self::PasswordTooLong => "password_too_long",
            Self::PasswordNeedsLetter => "password_needs_letter",
            Self::PasswordNeedsDigit => "password_needs_digit",
            Self::PasswordBeginsWithName => "password_begins_with_name",
            Self::PasswordBeginsWithEmail => "password_begins_with_email",
            Self::PasswordTooCommon => "password_too_common",
            Self::WrongPassword => "wrong_password",
            Self::TermsNotCurrent => "terms_not_current",
            Self::NotAllowed => "not_allowed",
            Self::TooLong => "too_long",
        }
    }
}

/// Any text will do: it has no fault.
impl From<std::convert::Infallible> for FieldCode {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for FieldCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unavailable(cause) => Some(cause.as_ref()),
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
