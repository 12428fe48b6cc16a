//! Names of people, and how two spellings of one are told to be the same.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::FieldCode;

/// The longest name taken, in characters.
const MAX_CHARS: usize = 100;

/// A last or first name, as it is written: trimmed, NFC, with at least one letter.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Whether both name the same person: case, accents, spaces, hyphens and apostrophes aside.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }

    /// Its letters and digits alone, without case or accents.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The letters and digits of `text` alone, without case or accents; ligatures are spelled out.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            c if c.is_alphanumeric() && !is_combining_mark(c) => folded.push(c),
            _ => {}
        }
    }
    folded
}

impl TryFrom<String> for Name {
    type Error = FieldCode;

    fn try_from(text: String) -> Result<Self, FieldCode> {
        let name: String = text.trim().nfc().collect();
        if name.chars().count() > MAX_CHARS {
            return Err(FieldCode::TooLong);
        }
        if name.chars().any(char::is_control) {
            return Err(FieldCode::NotAllowed);
        }
        if !fold(&name).chars().any(char::is_alphabetic) {
            return Err(FieldCode::Required);
        }
        Ok(Self(name))
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Name {
        Name::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn spellings_of_one_name_match() {
        for (one, other) in [
            ("Lefèvre-Dubois", "LEFEVRE DUBOIS"),
            ("d'Hauteville", "D’Hauteville"),
            ("N'Diaye", "ndiaye"),
            ("Le Goff", "legoff"),
            ("Lefœuvre", "Lefoeuvre"),
            ("Núñez", "NUNEZ"),
            ("Nguyễn", "Nguyen"),
            ("Jean-Pierre", "Jean\u{2011}Pierre"),
            ("Müller", "Mu\u{308}ller"),
        ] {
            assert!(name(one).matches(&name(other)), "{one} and {other}");
        }
        assert!(!name("Martin").matches(&name("Martine")));
    }

    #[test]
    fn a_name_has_a_letter_and_no_control_character() {
        let refused = |text: &str| Name::try_from(text.to_owned()).unwrap_err();

        assert_eq!(refused(""), FieldCode::Required);
        assert_eq!(refused(" - "), FieldCode::Required);
        assert_eq!(refused("Mar\u{0}tin"), FieldCode::NotAllowed);
        assert_eq!(refused(&"a".repeat(101)), FieldCode::TooLong);
    }

    proptest! {
        #[test]
        fn a_name_matches_itself_in_any_case_and_with_any_separator(
            parts in prop::collection::vec("[a-zà-öù-ü]{1,12}", 1..4),
        ) {
            let hyphenated = name(&parts.join("-"));

            prop_assert!(hyphenated.matches(&name(&parts.join(" ").to_uppercase())));
            prop_assert!(hyphenated.matches(&name(&parts.join("’"))));
        }

        #[test]
        fn folding_twice_changes_nothing(text in ".{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
