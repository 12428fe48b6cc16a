//! Names of people and companies, and when two spellings are the same name.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::FieldCode;
use super::text::{self, fold};

/// The longest name accepted, in characters.
const MAX_CHARS: usize = 100;
/// The most names on one lease that are also recognised when written together.
const MAX_JOINED: usize = 4;

/// Titles, which are ignored.
const TITLES: [&str; 15] = [
    "m",
    "mr",
    "mrs",
    "mme",
    "mlle",
    "melle",
    "mm",
    "mmes",
    "mlles",
    "monsieur",
    "madame",
    "mademoiselle",
    "messieurs",
    "mesdames",
    "mesdemoiselles",
];
/// Words between the names of two people.
const JOINERS: [&str; 2] = ["et", "ou"];
/// Words before another name of the same person.
const MARKERS: [&str; 14] = [
    "nee", "ne", "epouse", "epoux", "epse", "ep", "veuve", "veuf", "vve", "divorcee", "dit",
    "dite", "alias", "ex",
];
/// Words that mean people without naming them.
const OTHERS: [&str; 8] = ["autre", "autres", "fils", "freres", "soeurs", "cie", "associes", "amp"];
/// Legal forms. A name that begins or ends with one belongs to a company and is a single name.
const LEGAL_FORMS: [&str; 24] = [
    "sci",
    "scpi",
    "scp",
    "scm",
    "sarl",
    "sas",
    "sasu",
    "eurl",
    "snc",
    "selarl",
    "gie",
    "gaec",
    "association",
    "asso",
    "societe",
    "ets",
    "etablissement",
    "etablissements",
    "cabinet",
    "commune",
    "mairie",
    "fondation",
    "syndicat",
    "indivision",
];

/// A last or first name, as written: trimmed, in NFC, with at least one letter.
///
/// A last name on a lease may name several people (`DUPONT ET MARTIN`), one person by several names
/// (`MARTIN NÉE DUPONT`), or a company (`SCI LES LILAS`), with titles (`M. et Mme Dupont`).
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The name in `text`; `None` for `-`, `.` or `/`, which systems write into a field that must
    /// not be empty.
    ///
    /// # Errors
    ///
    /// As `try_from`.
    pub fn optional(text: &str) -> Result<Option<Self>, FieldCode> {
        let visible = text::visible(text);
        if visible.chars().all(|c| c.is_ascii_punctuation() || is_hyphen(c) || c.is_whitespace()) {
            return Ok(None);
        }
        Self::try_from(visible.into_owned()).map(Some)
    }

    /// Whether `typed` matches this name on a lease.
    ///
    /// Case, accents, spaces, hyphens, apostrophes and titles are ignored. St and Ste are Saint and
    /// Sainte. A lease in several names is matched by any of them or by all of them.
    #[must_use]
    pub fn matches(&self, typed: &Self) -> bool {
        if fold(&self.0) == fold(&typed.0) {
            return true;
        }
        let (known, typed) = (names(&self.0), names(&typed.0));
        if typed.is_empty() {
            return false;
        }
        let together: String = typed.concat();
        typed.iter().all(|name| known.contains(name))
            || (known.len() <= MAX_JOINED && is_made_of(&together, &known))
    }

    /// The letters and digits only, without case or accents.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// The name as households are searched for by name: its names in the order in which they are
    /// written, folded as [`matches`](Self::matches) folds them, without titles and without what
    /// stands between two names. Never empty.
    #[must_use]
    pub fn searched(&self) -> String {
        let named = named(&self.0);
        if named.is_empty() { fold(&self.0) } else { named }
    }

    /// The folded name as a whole, and each name in it. A password must not begin with any of them.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let mut parts = vec![fold(&self.0)];
        for name in names(&self.0) {
            if !parts.contains(&name) {
                parts.push(name);
            }
        }
        parts
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = FieldCode;

    fn try_from(text: String) -> Result<Self, FieldCode> {
        let name: String = text::line(&text)?.nfc().collect();
        if name.chars().count() > MAX_CHARS {
            return Err(FieldCode::TooLong(MAX_CHARS));
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

/// The role of one word of a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Word {
    /// A part of a name.
    Name,
    /// `Mme`, but also `M`, which may be an initial.
    Title,
    /// `et`, `née`, `/`: another name follows.
    Separator,
}

/// The names in `text`, folded, each once. Titles are left out, St and Ste are spelled out. Empty
/// if `text` names nobody.
fn names(text: &str) -> Vec<String> {
    let words = words(text);
    let is_company = |at: Option<&(Word, String)>| {
        at.is_some_and(|(_, word)| LEGAL_FORMS.contains(&word.as_str()))
    };
    if words.len() > 1 && (is_company(words.first()) || is_company(words.last())) {
        let whole: Vec<&str> = words
            .iter()
            .filter(|(kind, _)| *kind == Word::Name)
            .map(|(_, word)| word.as_str())
            .collect();
        return vec![whole.concat()];
    }
    if words.iter().all(|(kind, _)| *kind != Word::Name) {
        return Vec::new();
    }
    let mut names = vec![String::new()];
    for (at, (kind, word)) in words.iter().enumerate() {
        // A joiner at the beginning is a name, as in Ou Yang.
        let joins_nothing = at == 0 && JOINERS.contains(&word.as_str());
        // A title between two names separates them, but an initial does not.
        let separates = *kind == Word::Separator || (*kind == Word::Title && word.len() > 1);
        if *kind == Word::Name || joins_nothing {
            if let Some(name) = names.last_mut() {
                name.push_str(word);
            }
        } else if separates {
            names.push(String::new());
        }
    }
    names.retain(|name| !name.is_empty() && !JOINERS.contains(&name.as_str()));
    if names.len() > 1 {
        names.retain(|name| {
            let initial = name.len() == 1;
            !initial && !OTHERS.contains(&name.as_str())
        });
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The names in `text`, folded, in the order in which they are written. Empty if `text` names
/// nobody.
pub(super) fn named(text: &str) -> String {
    let words = words(text);
    if words.iter().all(|(kind, _)| *kind != Word::Name) {
        return String::new();
    }
    let is_named = |(at, (kind, word)): &(usize, &(Word, String))| {
        // A joiner at the beginning is a name, as in Ou Yang.
        *kind == Word::Name || (*at == 0 && JOINERS.contains(&word.as_str()))
    };
    words.iter().enumerate().filter(is_named).map(|(_, (_, word))| word.as_str()).collect()
}

/// The words of `text`, folded, and the separators between them.
fn words(text: &str) -> Vec<(Word, String)> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| is_separator(c) || is_space(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        words.extend(read_word(word));
        let mut chars = after.chars();
        if chars.next().is_some_and(is_separator) {
            words.push((Word::Separator, String::new()));
        }
        rest = chars.as_str();
    }
    words
}

/// The role of `text`, which has no spaces; `None` if it has neither letter nor digit.
fn read_word(text: &str) -> Option<(Word, String)> {
    let parts: Vec<String> =
        text.split(is_hyphen).map(fold).filter(|part| !part.is_empty()).collect();
    let is = |words: &[&str], part: &String| words.contains(&part.as_str());
    let [first, rest @ ..] = parts.as_slice() else { return None };
    if rest.is_empty() && (is(&JOINERS, first) || is(&MARKERS, first)) {
        return Some((Word::Separator, first.clone()));
    }
    // M.-Mme, M-et-Mme
    if parts.iter().all(|part| is(&TITLES, part) || is(&JOINERS, part)) {
        return Some((Word::Title, parts.concat()));
    }
    let spelled = parts.iter().map(|part| match part.as_str() {
        "st" => "saint",
        "ste" => "sainte",
        part => part,
    });
    Some((Word::Name, spelled.collect()))
}

/// Whether `text` is a concatenation of some of `parts`, each at most once, in any order.
fn is_made_of(text: &str, parts: &[String]) -> bool {
    parts.iter().enumerate().any(|(at, part)| {
        text.strip_prefix(part.as_str()).is_some_and(|rest| {
            let mut others = parts.to_vec();
            others.remove(at);
            rest.is_empty() || is_made_of(rest, &others)
        })
    })
}

/// Whether `c` stands between two names.
fn is_separator(c: char) -> bool {
    matches!(c, '/' | '&' | '+' | ',' | ';' | '|' | '(' | ')' | '＆' | '／' | '＋' | '⁄' | '∕')
}

/// Whether `c` stands between two words of one name.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '_' | '"' | '«' | '»' | '“' | '”' | ':')
}

/// Whether `c` is a hyphen or a dash.
fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CASES: &str = include_str!("../../../tests/fixtures/cases/names.tsv");
    const NOT_CASES: &str = include_str!("../../../tests/fixtures/cases/not-names.tsv");

    fn name(text: &str) -> Name {
        Name::try_from(text.to_owned()).unwrap()
    }

    fn matches(lease: &str, typed: &str) -> bool {
        name(lease).matches(&name(typed))
    }

    fn pairs(cases: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
        cases.lines().skip(1).map(|line| line.split_once('\t').unwrap())
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
            ("M'BAYE", "MBAYE"),
            ("M'BAYE", "M Baye"),
            ("ΠΑΠΑΣ", "Παπας"),
            ("OU YANG", "Ouyang"),
            ("GROẞ", "Gross"),
        ] {
            assert!(matches(one, other), "{one} and {other}");
            assert!(matches(other, one), "{other} and {one}");
        }
        assert!(!matches("Martin", "Martine"));
    }

    #[test]
    fn names_as_leases_have_them_match_as_people_type_them() {
        let more = [
            ("M. ET MME DUPONT", "Dupont"),
            ("M ET MME DUPONT", "M. et Mme Dupont"),
            ("MONSIEUR ET MADAME DUPONT", "dupont"),
            ("M/MME DUPONT", "Dupont"),
            ("M.-MME DUPONT", "Dupont"),
            ("M.DUPONT", "Dupont"),
            ("DUPONT MME", "Dupont"),
            ("Dupont", "Mademoiselle Dupont"),
            ("Dupont", "MLLE. DUPONT"),
            ("DUPONT/MARTIN", "Dupont"),
            ("DUPONT / MARTIN", "Martin"),
            ("DUPONT & MARTIN", "martin"),
            ("DUPONT + MARTIN", "martin"),
            ("DUPONT OU MARTIN", "Dupont"),
            ("DUPONT ET/OU MARTIN", "Martin"),
            ("DUPONT, MARTIN ET DURAND", "Martin"),
            ("DUPONT ET MARTIN", "Dupont et Martin"),
            ("DUPONT ET MARTIN", "Martin & Dupont"),
            ("DUPONT ET MARTIN", "Dupont Martin"),
            ("DUPONT ET MARTIN", "martin-dupont"),
            ("M DUPONT ET MME MARTIN", "Mme Martin"),
            ("M DUPONT MME MARTIN", "Martin"),
            ("MARTIN NÉE DUPONT", "Martin"),
            ("MARTIN NÉE DUPONT", "Martin née Dupont"),
            ("MARTIN (NÉE DUPONT)", "Dupont"),
            ("MARTIN NÉ(E) DUPONT", "Dupont"),
            ("DUPONT ÉPOUSE MARTIN", "Martin"),
            ("DUPONT EP. MARTIN", "Martin"),
            ("DUPONT EPSE MARTIN", "Dupont"),
            ("VVE DUPONT", "Dupont"),
            ("MME VEUVE DUPONT", "Dupont"),
            ("DUPONT VEUVE MARTIN", "Dupont"),
            ("DUPONT ET", "Dupont"),
            ("SAINTE-MARIE", "Ste Marie"),
            ("ST. GERMAIN", "Saint-Germain"),
            ("STE-MARIE ET MARTIN", "Sainte Marie"),
            ("O'CONNOR", "O‘Connor"),
            ("L´HERMITE", "L`Hermite"),
            ("DUPONT\u{a0}ET\u{a0}MARTIN", "Martin"),
            ("SCI LES LILAS", "sci les lilas"),
            ("SCI DUPONT & FILS", "SCI Dupont et fils"),
            ("OU", "Ou"),
        ];
        for (lease, typed) in pairs(CASES).chain(more) {
            assert!(matches(lease, typed), "{lease} and {typed}");
        }
    }

    #[test]
    fn a_word_that_names_nobody_matches_nothing() {
        let more = [
            ("DUPONT OU MARTIN", "Ou"),
            ("DUPONT ET MARTIN", "et ou"),
            ("DUPONT ET MARTIN", "M. et Mme"),
            ("M OU MME DUPONT", "M"),
            ("M OU MME DUPONT", "Ou"),
            ("M OU MME DUPONT", "M ou Mme"),
            ("MARTIN NÉ(E) DUPONT", "E"),
            ("DUPONT ÉPOUSE MARTIN", "Épouse"),
            ("VEUVE DUPONT", "Veuve"),
            ("DUPONT ET FILS", "Fils"),
            ("DUPONT ET MARTIN", "Dupontet"),
            ("DUPONT ET MARTIN", "Mart"),
            ("DUPONT ET MARTIN", "Dupont et Durand"),
            ("DUPONT", "Dupont et Martin"),
            ("DUPONT-MARTIN", "Martin"),
            ("SAINT-ÉTIENNE", "St"),
            ("SCI LES LILAS", "SCI"),
            ("SCI LES LILAS", "Les Lilas"),
            ("SARL DUPONT ET MARTIN", "Martin"),
            ("DE LA TOUR", "De"),
            ("M", "Mme"),
        ];
        for (lease, typed) in pairs(NOT_CASES).chain(more) {
            assert!(!matches(lease, typed), "{lease} and {typed}");
        }
    }

    #[test]
    fn a_name_has_a_letter_and_no_control_character() {
        let refused = |text: &str| Name::try_from(text.to_owned()).unwrap_err();

        assert_eq!(refused(""), FieldCode::Required);
        assert_eq!(refused(" - "), FieldCode::Required);
        assert_eq!(refused("Mar\u{0}tin"), FieldCode::ForbiddenCharacter);
        assert_eq!(refused("Mar\u{202e}tin"), FieldCode::ForbiddenCharacter);
        assert_eq!(refused(&"a".repeat(101)), FieldCode::TooLong(100));
        assert_eq!(name("\u{feff}Mar\u{200b}tin\u{a0}").as_str(), "Martin");
    }

    #[test]
    fn a_mark_in_place_of_a_first_name_is_none() {
        for text in ["", " ", "-", ".", "/", "--", "\u{2014}", "\u{a0}-\u{200b}", "..."] {
            assert_eq!(Name::optional(text), Ok(None), "{text:?}");
        }
        assert_eq!(Name::optional("Jeanne"), Ok(Some(name("Jeanne"))));
        assert_eq!(Name::optional("12"), Err(FieldCode::Required));
    }

    #[test]
    fn the_parts_of_a_name_are_those_a_password_must_not_begin_with() {
        assert_eq!(name("DUPONT ET MARTIN").parts(), ["dupontetmartin", "dupont", "martin"]);
        assert_eq!(name("Mme St-Étienne").parts(), ["mmestetienne", "saintetienne"]);
        assert_eq!(name("Martin").parts(), ["martin"]);
        assert_eq!(name("Mme").parts(), ["mme"]);
    }

    fn nobody() -> impl Strategy<Value = String> {
        let words = TITLES.into_iter().chain(JOINERS).chain(MARKERS);
        let words: Vec<&str> = words.chain(["née", "épouse", "É.P.", "M.", "Mme."]).collect();
        let word = prop::sample::select(words);
        prop::collection::vec(word, 1..4).prop_map(|words| words.join(" "))
    }

    fn in_several_names() -> impl Strategy<Value = (Vec<String>, String)> {
        let between = prop::sample::select(vec![
            " ET ",
            " ou ",
            "/",
            " & ",
            " + ",
            " NEE ",
            " née ",
            " ÉPOUSE ",
            " EP. ",
            " VVE ",
            " et Mme ",
        ]);
        let one = "(van )?[b-df-hj-np-tv-z][aeé][b-df-hj-np-tv-z]{1,4}[a-z]{2,6}";
        (prop::collection::vec(one, 2..4), between)
            .prop_map(|(names, between)| (names.clone(), names.join(between)))
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
        fn what_folds_alike_matches(one in "\\PC{1,30}", other in "\\PC{1,30}") {
            let (one, other) = (Name::try_from(one), Name::try_from(other));
            if let (Ok(one), Ok(other)) = (one, other) {
                prop_assert!(one.matches(&one));
                prop_assert!(one.folded() != other.folded() || one.matches(&other));
            }
        }

        #[test]
        fn a_lease_in_several_names_is_matched_by_any_and_by_all(
            (names, lease) in in_several_names(),
        ) {
            let lease = name(&lease);
            for one in &names {
                prop_assert!(lease.matches(&name(one)), "{}", one);
                let titled = name(&format!("Mme {}", one.to_uppercase()));
                prop_assert!(lease.matches(&titled));
            }
            prop_assert!(lease.matches(&lease));
            prop_assert!(lease.matches(&name(&names.join(" "))));
        }

        #[test]
        fn words_that_name_nobody_match_no_lease_that_names_somebody(
            nobody in nobody(),
            (names, lease) in in_several_names(),
        ) {
            prop_assert!(!name(&lease).matches(&name(&nobody)));
            prop_assert!(!name(&names[0]).matches(&name(&nobody)));
        }

        #[test]
        fn case_accents_and_apostrophes_change_no_match(
            lease in "([dl]['’])?[a-zéè]{2,8}( et | ou |/|-| née )([dln]['’])?[a-zéè]{2,8}",
            typed in "([dl]['’])?[a-zéè]{2,8}",
        ) {
            let plain = |text: &str| text.replace(['é', 'è'], "E").replace(['\'', '’'], "\u{2bc}").to_uppercase();
            let (one, other) = (name(&lease), name(&plain(&lease)));
            prop_assert_eq!(one.matches(&name(&typed)), other.matches(&name(&plain(&typed))));
            prop_assert!(one.matches(&other) && other.matches(&one));
        }
    }
}
