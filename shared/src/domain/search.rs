//! What a member of staff types to find households, and the names by which households are found.

use super::name::named;
use super::text::{self, fold};
use super::{EmailAddress, FieldCode, LeaseReference, Name};

/// The longest part of a listed name, in bytes. Longer ones are cut: DynamoDB takes 1024 bytes in
/// the range of an index, and the reference follows two parts.
const MAX_BYTES: usize = 400;
/// How many letters of the last name households are grouped by.
const INITIALS: usize = 2;
/// Saint and Sainte, which may also be the beginning of another name.
const ABBREVIATIONS: [&str; 2] = ["st", "ste"];

/// What households are searched for by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Search {
    /// The reference of a lease.
    Reference(LeaseReference),
    /// The address that an account signs in with.
    Address(EmailAddress),
    /// The beginning of a name: what to look for first, then what else the text may mean. Never
    /// empty.
    Name(Vec<ListedName>),
}

/// A household's name as leases are listed by it, or the beginning of one: the folded last name, a
/// space, the folded first name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedName(String);

impl ListedName {
    /// The name of a household.
    #[must_use]
    pub fn of(last_name: &Name, first_name: Option<&Name>) -> Self {
        let first_name = first_name.map(Name::folded).unwrap_or_default();
        Self::joined(&last_name.searched(), &first_name)
    }

    fn joined(last_name: &str, first_name: &str) -> Self {
        Self(format!("{} {}", cut(last_name), cut(first_name)))
    }

    /// The first two letters of the last name; one where it has one.
    #[must_use]
    pub fn initials(&self) -> &str {
        let end = self.0.char_indices().take(INITIALS).find(|(_, c)| *c == ' ');
        let end = end.or_else(|| self.0.char_indices().nth(INITIALS));
        end.and_then(|(end, _)| self.0.get(..end)).unwrap_or(&self.0)
    }

    /// The name, or its beginning.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Search {
    type Error = FieldCode;

    /// Reads what was typed. A reference is digits, as tenants type it. An address has an `@`.
    /// Everything else is the beginning of a last name, or a last name and the beginning of a first
    /// name: the two are separated by a comma or, if no last name begins so, by the last space.
    fn try_from(text: String) -> Result<Self, FieldCode> {
        let text = text::line(&text)?;
        if text.contains('@') {
            return EmailAddress::try_from(text).map(Self::Address);
        }
        if let Ok(reference) = LeaseReference::try_from(text.clone()) {
            return Ok(Self::Reference(reference));
        }
        if text.chars().any(char::is_numeric) && !text.chars().any(char::is_alphabetic) {
            return Err(FieldCode::InvalidLease);
        }
        let whole = Name::try_from(text.clone())?;
        let whole = match fold(whole.as_str()) {
            begun if ABBREVIATIONS.contains(&begun.as_str()) => begun,
            _ => whole.searched(),
        };
        let whole = ListedName(cut(&whole).to_owned());
        let with_first_name = |(last_name, first_name): (&str, &str)| {
            let (last_name, first_name) = (named(last_name), fold(first_name));
            let both = !last_name.is_empty() && !first_name.is_empty();
            both.then(|| ListedName::joined(&last_name, &first_name))
        };
        if let Some(parts) = text.split_once(',') {
            let names = with_first_name(parts).into_iter().chain([whole]);
            return Ok(Self::Name(names.collect()));
        }
        let parts = text.rsplit_once(char::is_whitespace);
        let names = [whole].into_iter().chain(parts.and_then(with_first_name));
        Ok(Self::Name(names.collect()))
    }
}

/// The beginning of `text`, without half a letter at its end.
fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_BYTES)).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Name {
        Name::try_from(text.to_owned()).unwrap()
    }

    fn search(text: &str) -> Search {
        Search::try_from(text.to_owned()).unwrap()
    }

    fn listed(last_name: &str, first_name: &str) -> ListedName {
        ListedName::of(&name(last_name), Name::optional(first_name).unwrap().as_ref())
    }

    /// Whether `typed` finds a household of this name, whichever of its meanings does.
    fn finds(typed: &str, last_name: &str, first_name: &str) -> bool {
        let Search::Name(beginnings) = search(typed) else { return false };
        let listed = listed(last_name, first_name);
        beginnings.iter().any(|beginning| {
            beginning.initials() == listed.initials() && listed.0.starts_with(&beginning.0)
        })
    }

    #[test]
    fn a_name_is_listed_folded_and_without_titles() {
        for (last_name, first_name, expected) in [
            ("Martin", "Camille", "martin camille"),
            ("M. et Mme DUPONT", "Jean-Paul", "dupont jeanpaul"),
            ("N’Diaye", "", "ndiaye "),
            ("Ste-Beuve", "Élodie", "saintebeuve elodie"),
            ("DUPONT ET MARTIN", "", "dupontmartin "),
            ("MARTIN NÉE DUPONT", "Zoé", "martindupont zoe"),
            ("SCI LES LILAS", "", "scileslilas "),
            ("Ou Yang", "Li", "ouyang li"),
            ("Ô", "Li", "o li"),
            ("Mme", "", "mme "),
        ] {
            assert_eq!(listed(last_name, first_name).as_str(), expected);
        }
    }

    #[test]
    fn names_are_grouped_by_two_letters() {
        for (last_name, expected) in
            [("Martin", "ma"), ("Ô", "o"), ("Œuvre", "oe"), ("李", "李"), ("Le", "le")]
        {
            assert_eq!(listed(last_name, "Li").initials(), expected);
        }
        for (typed, expected) in [("m", "m"), ("Ma", "ma"), ("mar", "ma"), ("O li", "ol")] {
            let Search::Name(beginnings) = search(typed) else { panic!("{typed} is a name") };
            assert_eq!(beginnings[0].initials(), expected, "{typed}");
        }
    }

    #[test]
    fn a_household_is_found_by_the_beginning_of_its_name() {
        for (typed, last_name, first_name) in [
            ("mar", "MARTIN", "Camille"),
            ("Mme Martin", "Martin", "Camille"),
            ("martin, cam", "Martin", "Camille"),
            ("Martin Cam", "Martin", "Camille"),
            ("DE LA TOUR", "de la Tour", "Anne"),
            ("de la tour an", "de la Tour", "Anne"),
            ("lefevre dub", "Lefèvre-Dubois", "Éloïse"),
            ("lefevre-dubois, elo", "Lefèvre-Dubois", "Éloïse"),
            ("dupont et martin", "DUPONT ET MARTIN", ""),
            ("dupont", "M. et Mme DUPONT ET MARTIN", ""),
            ("St Ex", "Saint-Exupéry", "Antoine"),
            ("saint e", "ST EXUPERY", "Antoine"),
            ("st", "Steiner", "Rosa"),
            ("ste", "Stevens", "Cat"),
            ("o li", "Ô", "Li"),
            ("o", "Ô", "Li"),
            ("ne", "Nevers", ""),
            ("Dupont, Martin", "DUPONT, MARTIN", ""),
        ] {
            assert!(finds(typed, last_name, first_name), "{typed}: {last_name} {first_name}");
        }
        for (typed, last_name, first_name) in [
            ("martine", "Martin", "Camille"),
            ("martin, b", "Martin", "Camille"),
            ("o", "Olivier", "Li"),
            ("camille", "Martin", "Camille"),
        ] {
            assert!(!finds(typed, last_name, first_name), "{typed}: {last_name} {first_name}");
        }
    }

    #[test]
    fn what_is_typed_is_a_reference_an_address_or_a_name() {
        for text in ["00412837", "L00412837", "l 0041 2837"] {
            let reference = "00412837".to_owned().try_into().unwrap();
            assert_eq!(search(text), Search::Reference(reference), "{text}");
        }
        for text in ["camille@exemple.example", " Camille@exemple.example "] {
            assert!(matches!(search(text), Search::Address(_)), "{text}");
        }
        assert!(matches!(search("L"), Search::Name(_)));
        for (text, fault) in [
            ("", FieldCode::Required),
            (" \u{200b}", FieldCode::Required),
            ("--", FieldCode::Required),
            ("camille@", FieldCode::InvalidEmail),
            ("0041-2837", FieldCode::InvalidLease),
            ("mar\0tin", FieldCode::ForbiddenCharacter),
        ] {
            assert_eq!(Search::try_from(text.to_owned()).unwrap_err(), fault, "{text:?}");
        }
        let long = "é".repeat(101);
        assert_eq!(Search::try_from(long).unwrap_err(), FieldCode::TooLong(100));
    }

    proptest! {
        #[test]
        fn a_listed_name_of_any_length_fits_into_the_index(
            last_name in "\\PC{1,100}", first_name in "\\PC{1,100}",
        ) {
            let names = (Name::try_from(last_name), Name::try_from(first_name));
            if let (Ok(last_name), Ok(first_name)) = names {
                let listed = ListedName::of(&last_name, Some(&first_name));
                prop_assert!(listed.as_str().len() <= 2 * MAX_BYTES + 1);
                prop_assert!(listed.as_str().starts_with(listed.initials()));
                prop_assert!((1..=INITIALS).contains(&listed.initials().chars().count()));
            }
        }

        #[test]
        fn a_name_typed_as_written_is_found(last_name in "\\PC{1,60}") {
            let typed = Search::try_from(last_name.clone());
            if let (Ok(Search::Name(_)), Ok(_)) = (typed, Name::try_from(last_name.clone())) {
                prop_assert!(finds(&last_name, &last_name, "Li"));
            }
        }
    }

    #[test]
    fn the_longest_names_are_cut_between_letters() {
        let longest = "\u{fdfa}".repeat(100);

        let listed = listed(&longest, &longest);

        assert!(listed.as_str().len() <= 2 * MAX_BYTES + 1);
        assert!(finds(&longest, &longest, &longest));
    }
}
