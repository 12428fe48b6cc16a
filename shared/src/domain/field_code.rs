//! The faults of a field.

use std::collections::BTreeSet;
use std::fmt;

/// A fault of a field. The numbers and names in a variant are shown in the fault's message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, strum::EnumIter)]
#[expect(missing_docs, reason = "each is its code, spelled out")]
pub enum FieldCode {
    Required,
    /// `required`: a file's header lacks this column, given by its French name.
    MissingColumn(&'static str),
    /// A file's header has the same column twice.
    DuplicateColumn,
    UnknownField,
    InvalidEmail,
    InvalidLease,
    /// With the fewest characters allowed.
    PasswordTooShort(usize),
    /// With the most characters allowed.
    PasswordTooLong(usize),
    PasswordNeedsLetter,
    PasswordNeedsDigit,
    PasswordBeginsWithName,
    PasswordBeginsWithEmail,
    PasswordTooCommon,
    PasswordUnchanged,
    WrongPassword,
    TermsNotCurrent,
    NotAllowed,
    /// `not_allowed`: the text has a character that no text may have.
    ForbiddenCharacter,
    /// With the most characters allowed.
    TooLong(usize),
}

impl FieldCode {
    /// Every code that clients can get, once.
    #[must_use]
    pub fn codes() -> BTreeSet<&'static str> {
        <Self as strum::IntoEnumIterator>::iter().map(Self::code).collect()
    }

    /// The code in the API, such as `invalid_email`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Required | Self::MissingColumn(_) => "required",
            Self::DuplicateColumn => "duplicate_column",
            Self::UnknownField => "unknown_field",
            Self::InvalidEmail => "invalid_email",
            Self::InvalidLease => "invalid_lease",
            Self::PasswordTooShort(_) => "password_too_short",
            Self::PasswordTooLong(_) => "password_too_long",
            Self::PasswordNeedsLetter => "password_needs_letter",
            Self::PasswordNeedsDigit => "password_needs_digit",
            Self::PasswordBeginsWithName => "password_begins_with_name",
            Self::PasswordBeginsWithEmail => "password_begins_with_email",
            Self::PasswordTooCommon => "password_too_common",
            Self::PasswordUnchanged => "password_unchanged",
            Self::WrongPassword => "wrong_password",
            Self::TermsNotCurrent => "terms_not_current",
            Self::NotAllowed | Self::ForbiddenCharacter => "not_allowed",
            Self::TooLong(_) => "too_long",
        }
    }
}

/// For fields that take any text.
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
