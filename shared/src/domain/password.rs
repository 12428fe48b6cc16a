//! Passwords and the rules for choosing one.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::FieldCode;
use super::text::fold;
use super::{EmailAddress, Name};

/// The longest password accepted, in characters (CNIL 2022-100 asks for no low maximum).
const MAX_CHARS: usize = 128;
/// Shorter names are not compared with the beginning of a password, in letters.
const MIN_NAME_CHARS: usize = 2;
/// Shorter local parts are not compared with the beginning of a password, in characters.
const MIN_EMAIL_CHARS: usize = 3;
/// Common passwords: sorted, lower case, one per line. `COMMON_PASSWORDS.md` names the source.
static COMMON: &str = include_str!("common_passwords.txt");

/// A password as typed, in NFKC, because keyboards compose characters differently.
#[derive(Clone, Eq, PartialEq)]
pub struct Password(String);

impl Password {
    /// The text to hash.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Password {
    type Error = FieldCode;

    fn try_from(text: String) -> Result<Self, FieldCode> {
        if text.is_empty() { Err(FieldCode::Required) } else { Ok(Self(text.nfkc().collect())) }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The rules for one person's password.
#[derive(Debug)]
pub struct PasswordPolicy<'a> {
    /// The fewest characters allowed.
    pub min_chars: usize,
    /// The names that the password must not begin with.
    pub names: &'a [&'a Name],
    /// The address that the password must not begin with, if it is known.
    pub email: Option<&'a EmailAddress>,
}

impl PasswordPolicy<'_> {
    /// The first rule that `password` breaks.
    ///
    /// # Errors
    ///
    /// The code of that rule.
    pub fn check(&self, password: &Password) -> Result<(), FieldCode> {
        let text = password.expose();
        let chars = text.chars().count();
        if chars < self.min_chars {
            return Err(FieldCode::PasswordTooShort(self.min_chars));
        }
        if chars > MAX_CHARS {
            return Err(FieldCode::PasswordTooLong(MAX_CHARS));
        }
        if !text.chars().any(char::is_alphabetic) {
            return Err(FieldCode::PasswordNeedsLetter);
        }
        if !text.chars().any(|c| c.is_ascii_digit()) {
            return Err(FieldCode::PasswordNeedsDigit);
        }
        let folded = fold(text);
        let begins_with =
            |start: &str, min: usize| start.chars().count() >= min && folded.starts_with(start);
        let mut parts = self.names.iter().flat_map(|name| name.parts());
        if parts.any(|part| begins_with(&part, MIN_NAME_CHARS)) {
            return Err(FieldCode::PasswordBeginsWithName);
        }
        if let Some(email) = self.email {
            let starts = [fold(email.local_part()), fold(&email.to_string())];
            if starts.iter().any(|start| begins_with(start, MIN_EMAIL_CHARS)) {
                return Err(FieldCode::PasswordBeginsWithEmail);
            }
        }
        if is_common(&text.to_lowercase()) {
            return Err(FieldCode::PasswordTooCommon);
        }
        Ok(())
    }
}

/// Whether `password` is a line of the list, by binary search over its bytes.
fn is_common(password: &str) -> bool {
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let middle = low.midpoint(high);
        let before = COMMON.as_bytes().get(low..middle).unwrap_or_default();
        let start = before.iter().rposition(|&b| b == b'\n').map_or(low, |at| low + at + 1);
        let rest = COMMON.as_bytes().get(start..high).unwrap_or_default();
        let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        match rest.get(..length).unwrap_or_default().cmp(password.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = (start + length + 1).min(high),
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(password: &str) -> Result<(), FieldCode> {
        let (last, first) = ("Lefèvre-Dubois".to_owned(), "Éloïse".to_owned());
        let policy = PasswordPolicy {
            min_chars: 8,
            names: &[&Name::try_from(last).unwrap(), &Name::try_from(first).unwrap()],
            email: Some(&EmailAddress::try_from("e.dubois+loyer@example.fr".to_owned()).unwrap()),
        };
        policy.check(&Password::try_from(password.to_owned()).unwrap())
    }

    #[test]
    fn each_rule_has_its_code() {
        for (password, code) in [
            ("court1", FieldCode::PasswordTooShort(8)),
            ("12345678", FieldCode::PasswordNeedsLetter),
            ("sansaucunchiffre", FieldCode::PasswordNeedsDigit),
            ("LefevreDubois75", FieldCode::PasswordBeginsWithName),
            ("lefèvre dubois 1", FieldCode::PasswordBeginsWithName),
            ("Eloise-2026", FieldCode::PasswordBeginsWithName),
            ("E.Dubois+Loyer1", FieldCode::PasswordBeginsWithEmail),
            ("azerty123", FieldCode::PasswordTooCommon),
            ("AZERTY123", FieldCode::PasswordTooCommon),
        ] {
            assert_eq!(check(password), Err(code), "{password}");
        }
        assert_eq!(check(&"a1".repeat(65)), Err(FieldCode::PasswordTooLong(128)));
        assert_eq!(check(&"a1".repeat(64)), Ok(()));
        assert_eq!(check("quatre chevaux bleus 4"), Ok(()));
    }

    /// A test case that the page's own check (functions/portal/components/password-rules) must pass
    /// too.
    #[derive(serde::Deserialize)]
    struct Case {
        why: String,
        password: String,
        names: Vec<String>,
        email: Option<String>,
        min: usize,
        /// The rules that the password breaks, in the order of the checks.
        broken: Vec<String>,
    }

    fn rule_of(code: FieldCode) -> &'static str {
        match code {
            FieldCode::PasswordTooShort(_) | FieldCode::PasswordTooLong(_) => "length",
            FieldCode::PasswordNeedsLetter => "letter",
            FieldCode::PasswordNeedsDigit => "digit",
            FieldCode::PasswordBeginsWithName => "name",
            FieldCode::PasswordBeginsWithEmail => "email",
            code => panic!("{code:?} is no rule that a page checks"),
        }
    }

    #[test]
    fn the_cases_shared_with_the_page_hold_here() {
        let cases = include_str!("../../../tests/fixtures/cases/passwords.json");
        let cases: Vec<Case> = serde_json::from_str(cases).unwrap();
        for Case { why, password, names, email, min, broken } in cases {
            let names: Vec<Name> =
                names.into_iter().map(|name| Name::try_from(name).unwrap()).collect();
            let email = email.map(|email| EmailAddress::try_from(email).unwrap());
            let policy = PasswordPolicy {
                min_chars: min,
                names: &names.iter().collect::<Vec<_>>(),
                email: email.as_ref(),
            };
            let checked = policy.check(&Password::try_from(password.clone()).unwrap());
            let first = checked.err().map(rule_of);
            assert_eq!(first, broken.first().map(String::as_str), "{why}: {password}");
        }
    }

    #[test]
    fn a_password_begins_with_none_of_the_names_on_a_lease() {
        for (name, password) in [
            ("DUPONT ET MARTIN", "dupont-2027"),
            ("DUPONT ET MARTIN", "Martin-2027"),
            ("DUPONT ET MARTIN", "dupontetmartin1"),
            ("M OU MME DUPONT", "dupont-2027"),
            ("MARTIN NÉE DUPONT", "Dupont 2027"),
            ("St-Étienne", "saint-etienne-1"),
            ("Saint-Étienne", "saintetienne1"),
            ("St-Étienne", "stetienne1"),
        ] {
            let name = Name::try_from(name.to_owned()).unwrap();
            let policy = PasswordPolicy { min_chars: 8, names: &[&name], email: None };
            let password = Password::try_from(password.to_owned()).unwrap();
            assert_eq!(policy.check(&password), Err(FieldCode::PasswordBeginsWithName));
        }
    }

    #[test]
    fn every_line_of_the_list_is_found_and_the_list_is_long_enough() {
        assert!(COMMON.lines().count() >= 10_000);
        assert!(COMMON.lines().is_sorted());
        for line in COMMON.lines() {
            assert!(is_common(line), "{line}");
        }
        assert!(!is_common(""));
        assert!(!is_common("quatre chevaux bleus 4"));
        assert!(!is_common("\u{10ffff}"));
    }

    proptest! {
        #[test]
        fn what_is_taken_has_eight_characters_a_letter_and_a_digit(text in "\\PC{1,40}") {
            if check(&text).is_ok() {
                let text: String = text.nfkc().collect();
                prop_assert!(text.chars().count() >= 8);
                prop_assert!(text.chars().any(char::is_alphabetic));
                prop_assert!(text.chars().any(|c| c.is_ascii_digit()));
            }
        }

        #[test]
        fn a_password_that_begins_with_a_name_is_refused(rest in "[ -~]{0,20}") {
            let refused = check(&format!("Lefèvre - dubois{rest}1")).unwrap_err();
            prop_assert_eq!(refused, FieldCode::PasswordBeginsWithName);
        }
    }
}
