//! Leases, as the landlord's system states them.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::FieldCode;
use super::text;
use super::{EmailAddress, MailState, Name, TenantId};

/// The longest reference accepted, in digits.
const MAX_DIGITS: usize = 20;

/// A lease reference (référence client, code contrat): digits, leading zeros kept.
#[derive(Clone, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct LeaseReference(String);

impl LeaseReference {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a reference from a file: as typed, but dots are refused. Spreadsheets turn 12345 into
    /// 12345.0, which would read as another reference.
    ///
    /// # Errors
    ///
    /// `required`, `invalid_lease`, `not_allowed`.
    pub fn in_file(text: &str) -> Result<Self, FieldCode> {
        if text.contains('.') {
            return Err(FieldCode::InvalidLease);
        }
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for LeaseReference {
    type Error = FieldCode;

    /// Reads a reference as people type it: with or without the `L` of the rent notice, spaces and
    /// dots.
    fn try_from(text: String) -> Result<Self, FieldCode> {
        let text = text::line(&text)?;
        let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
        let digits = compact.strip_prefix(['L', 'l']).unwrap_or(&compact);
        if compact.is_empty() {
            return Err(FieldCode::Required);
        }
        let valid =
            (1..=MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if valid { Ok(Self(digits.to_owned())) } else { Err(FieldCode::InvalidLease) }
    }
}

impl From<LeaseReference> for String {
    fn from(reference: LeaseReference) -> Self {
        reference.0
    }
}

impl fmt::Display for LeaseReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LeaseReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An agency or an adviser.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Contact {
    /// The display name.
    pub name: Name,
    /// The address for its mails.
    pub email: EmailAddress,
}

/// What the landlord's system says about a lease.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LeaseTerms {
    /// The lease reference.
    pub reference: LeaseReference,
    /// The last name of the main signatory, or the last names of several.
    pub last_name: Name,
    /// The main signatory's first name; absent for a company or a person with a single name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Name>,
    /// The agency that looks after the lease.
    pub agency: Contact,
    /// The adviser who gets requests, with the agency in copy; absent when requests go to the
    /// agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adviser: Option<Contact>,
    /// The exit date, which is the lease's last day; absent when the lease has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
}

/// A lease, as stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Lease {
    /// What the landlord's system says about the lease.
    #[serde(flatten)]
    pub terms: LeaseTerms,
    /// The account that holds the lease; absent when the lease is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// The account that last held the lease, while that account is not erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_tenant: Option<TenantId>,
    /// The bounce or complaint of the activation mail of a household that has registered and not
    /// yet activated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_mail_state: Option<MailState>,
}

/// What the landlord's system said about a lease at registration. It is compared at activation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SeenLease(LeaseTerms);

impl LeaseTerms {
    /// Whether a household of this last name may register with the lease `today`.
    #[must_use]
    pub fn is_recognised(&self, last_name: &Name, today: Date) -> bool {
        self.last_name.matches(last_name) && !has_ended(self.ends_on, today)
    }

    /// The terms to keep for a registration made now.
    #[must_use]
    pub fn as_seen(&self) -> SeenLease {
        SeenLease(self.clone())
    }
}

impl SeenLease {
    /// The terms at registration.
    #[must_use]
    pub fn terms(&self) -> &LeaseTerms {
        &self.0
    }

    /// Whether the lease's last day is before `today`.
    #[must_use]
    pub fn has_ended(&self, today: Date) -> bool {
        has_ended(self.0.ends_on, today)
    }
}

fn has_ended(ends_on: Option<Date>, today: Date) -> bool {
    ends_on.is_some_and(|ends_on| ends_on < today)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reference_is_taken_as_one_types_it() {
        for text in
            ["00412837", "L00412837", "l 0041 2837", " 004.128.37 ", "L.00412837", "0041\u{a0}2837"]
        {
            let reference = LeaseReference::try_from(text.to_owned()).unwrap();
            assert_eq!(reference.as_str(), "00412837");
        }
    }

    #[test]
    fn invisible_characters_of_a_reference_are_dropped() {
        for text in [
            "\u{200b}00412837",
            "0041\u{200e}2837",
            "\u{feff}L00412837\u{a0}",
            "\u{202d}00412837\u{202c}",
        ] {
            let reference = LeaseReference::try_from(text.to_owned()).unwrap();
            assert_eq!(reference.as_str(), "00412837");
        }
        for text in ["0041\u{202e}2837", "0041\x002837", "0041\n2837"] {
            let refused = LeaseReference::try_from(text.to_owned());
            assert_eq!(refused.unwrap_err(), FieldCode::ForbiddenCharacter, "{text:?}");
        }
    }

    #[test]
    fn a_reference_in_a_file_has_no_dot() {
        assert_eq!(LeaseReference::in_file("L 0041 2837").unwrap().as_str(), "00412837");
        for text in ["12345.0", "7000.0003", "1.2E+07", "1,2E+07", "1E7", "12345,0"] {
            assert_eq!(LeaseReference::in_file(text).unwrap_err(), FieldCode::InvalidLease);
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in ["L", "LL00412837", "00412837L", "0041-2837", "٠٠٤١", "123456789012345678901"]
        {
            let refused = LeaseReference::try_from(text.to_owned());
            assert_eq!(refused.unwrap_err(), FieldCode::InvalidLease, "{text}");
        }
        assert_eq!(LeaseReference::try_from(" . ".to_owned()).unwrap_err(), FieldCode::Required);
    }

    proptest! {
        #[test]
        fn digits_survive_any_spacing(digits in "[0-9]{1,20}", gaps in prop::collection::vec("[ .]{0,2}", 21)) {
            let spaced: String = digits.chars().zip(&gaps).flat_map(|(d, gap)| gap.chars().chain([d])).collect();

            let plain = LeaseReference::try_from(spaced.clone()).unwrap();
            let prefixed = LeaseReference::try_from(format!("L{spaced}")).unwrap();

            prop_assert_eq!(plain.as_str(), &digits);
            prop_assert_eq!(prefixed.as_str(), &digits);
        }

        #[test]
        fn whatever_is_taken_is_made_of_digits(text in "\\PC{0,30}") {
            if let Ok(reference) = LeaseReference::try_from(text) {
                prop_assert!(reference.as_str().bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
