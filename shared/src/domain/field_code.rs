//! What can be wrong with a field.

use std::collections::BTreeSet;
use std::fmt;

/// What can be wrong with a field. What carries data says it in its message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, strum::EnumIter)]
#[expect(missing_docs, reason = "each is its code, spelled out")]
pub enum FieldCode {
    Required,
    /// `required`: the column that a file's header lacks, by its French name.
    MissingColumn(&'static str),
    /// The same column stands twice in a file's header.
    DuplicateColumn,
    UnknownField,
    InvalidEmail,
    InvalidLease,
    /// With the fewest characters.
    PasswordTooShort(usize),
    /// With the most characters.
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
    /// `not_allowed`: a character that no text has.
    ForbiddenCharacter,
    /// With the most characters.
    TooLong(usize),
}

impl FieldCode {
    /// Every code that clients may meet, once.
    #[must_use]
    pub fn codes() -> BTreeSet<&'static str> {
        <Self as strum::IntoEnumIterator>::iter().map(Self::code).collect()
    }

    /// What clients tell faults apart by.
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
