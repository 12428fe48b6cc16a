//! The catalogue of messages: a file for each language, with the same keys in the same order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::typography;

/// A language of the portal.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Language {
    /// The default language of pages.
    French,
    English,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::French, Self::English];

    /// The language tag (BCP 47), which is the name of the file.
    pub fn tag(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }
}

/// The texts of every message.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// The keys, in the order of the files.
    keys: Vec<String>,
    texts: BTreeMap<(Language, String), String>,
}

impl Catalogue {
    /// Reads the catalogue. `text` returns the file of a language.
    pub fn read(text: impl Fn(Language) -> Result<String, String>) -> Result<Self, String> {
        let mut catalogue = Self::default();
        for language in Language::ALL {
            let table = text(language)?;
            let table: toml::Table = table
                .parse()
                .map_err(|error| format!("messages/{}.toml: {error}", language.tag()))?;
            let mut messages = Vec::new();
            flatten("", &table, &mut messages)
                .map_err(|error| format!("messages/{}.toml: {error}", language.tag()))?;
            let keys: Vec<String> = messages.iter().map(|(key, _)| key.clone()).collect();
            for (key, text) in messages {
                let text = typography::keep_whole(&text);
                let text = match language {
                    Language::French => typography::french(&text),
                    Language::English => text,
                };
                catalogue.texts.insert((language, key), text);
            }
            if language == Language::ALL[0] {
                catalogue.keys = keys;
            } else {
                catalogue.compare(language, &keys)?;
            }
        }
        Ok(catalogue)
    }

    /// Refuses `keys` of `language` that differ from those of the first language.
    fn compare(&self, language: Language, keys: &[String]) -> Result<(), String> {
        let lacks = |language: Language, key: &str| {
            Err(format!("messages/{}.toml: {key} is missing", language.tag()))
        };
        if let Some(key) = self.keys.iter().find(|key| !keys.contains(key)) {
            return lacks(language, key);
        }
        if let Some(key) = keys.iter().find(|key| !self.keys.contains(key)) {
            return lacks(Language::ALL[0], key);
        }
        if let Some((key, _)) = keys.iter().zip(&self.keys).find(|(key, other)| key != other) {
            return Err(format!("messages/{}.toml: {key} is out of order", language.tag()));
        }
        for key in keys {
            let of = |language| self.text(language, key).map(placeholders).unwrap_or_default();
            let (here, there) = (of(language), of(Language::ALL[0]));
            if here != there {
                return Err(format!(
                    "{key}: its placeholders are {there:?} in one language, {here:?} in another"
                ));
            }
        }
        Ok(())
    }

    /// The text of the message `key`.
    pub fn text(&self, language: Language, key: &str) -> Option<&str> {
        self.texts.get(&(language, key.to_owned())).map(String::as_str)
    }

    /// Refuses `used` messages that are in no file, and messages that are not in `used`.
    pub fn expect_used(&self, used: &BTreeSet<String>) -> Result<(), String> {
        if let Some(key) = used.iter().find(|key| !self.keys.contains(key)) {
            return Err(format!("there is no message {key}"));
        }
        match self.keys.iter().find(|key| !used.contains(*key)) {
            Some(key) => Err(format!("the message {key} is used by no template and no script")),
            None => Ok(()),
        }
    }

    /// The Rust code of the messages in `used`: a struct for each table, a field or a method for
    /// each message.
    pub fn code(&self, used: &BTreeSet<String>) -> String {
        let mut tables: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        tables.insert(String::new(), Vec::new());
        for key in self.keys.iter().filter(|key| used.contains(*key)) {
            let mut path = key.as_str();
            while let Some((table, _)) = path.rsplit_once('.') {
                let fields = tables.entry(table.to_owned()).or_default();
                if !fields.contains(&path) {
                    fields.push(path);
                }
                path = table;
            }
            let fields = tables.entry(String::new()).or_default();
            if !fields.contains(&path) {
                fields.push(path);
            }
        }
        let mut code = String::new();
        for (table, fields) in &tables {
            let _ = writeln!(code, "pub(crate) struct {} {{", type_of(table));
            let mut methods = String::new();
            for field in fields {
                let name = last(field);
                match self.text(Language::ALL[0], field).map(placeholders) {
                    None => {
                        let _ = writeln!(code, "    pub(crate) {name}: {},", type_of(field));
                    }
                    Some(placeholders) if placeholders.is_empty() => {
                        let _ = writeln!(code, "    pub(crate) {name}: Safe<&'static str>,");
                    }
                    Some(placeholders) => {
                        let _ = writeln!(code, "    {name}: &'static str,");
                        let (mut parameters, mut values) = (String::new(), String::new());
                        for name in placeholders {
                            let _ = write!(parameters, ", {name}: impl std::fmt::Display");
                            let _ = write!(values, "({name:?}, &{name}), ");
                        }
                        let _ = writeln!(
                            methods,
                            "    pub(crate) fn {name}(&self{parameters}) -> Safe<String> {{\n        \
                             filled(self.{name}, &[{values}])\n    }}"
                        );
                    }
                }
            }
            let _ = writeln!(code, "}}\n");
            if !methods.is_empty() {
                let _ = writeln!(code, "impl {} {{\n{methods}}}\n", type_of(table));
            }
        }
        for language in Language::ALL {
            let name = format!("{language:?}").to_uppercase();
            let _ = write!(code, "static {name}: Messages = ");
            self.value(&mut code, "", &tables, language);
            let _ = writeln!(code, ";\n");
        }
        code
    }

    /// Writes `table` as a value of its struct.
    fn value(
        &self,
        code: &mut String,
        table: &str,
        tables: &BTreeMap<String, Vec<&str>>,
        language: Language,
    ) {
        let _ = write!(code, "{} {{ ", type_of(table));
        for field in tables.get(table).into_iter().flatten() {
            let _ = write!(code, "{}: ", last(field));
            match self.text(language, field) {
                None => self.value(code, field, tables, language),
                Some(text) if placeholders(text).is_empty() => {
                    let _ = write!(code, "Safe({text:?})");
                }
                Some(text) => {
                    let _ = write!(code, "{text:?}");
                }
            }
            let _ = writeln!(code, ",");
        }
        code.push('}');
    }
}

/// Adds the messages of `table`, whose key is `path`, to `messages`.
fn flatten(
    path: &str,
    table: &toml::Table,
    messages: &mut Vec<(String, String)>,
) -> Result<(), String> {
    for (name, value) in table {
        let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            return Err(format!("{key}: a key is of small letters and `_`"));
        }
        match value {
            toml::Value::Table(table) => flatten(&key, table, messages)?,
            toml::Value::String(text) if !text.is_empty() => messages.push((key, text.clone())),
            _ => return Err(format!("{key} is not a text")),
        }
    }
    Ok(())
}

/// The names in braces in `text`, each once, in alphabetical order.
pub fn placeholders(text: &str) -> Vec<String> {
    let names = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    names.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The name of the struct for a table: `HomeBenefits` for `home.benefits`.
fn type_of(table: &str) -> String {
    if table.is_empty() {
        return "Messages".to_owned();
    }
    let words = table.split(['.', '_']).map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + rest
    });
    words.collect()
}

/// The last word of a key.
fn last(key: &str) -> &str {
    key.rsplit_once('.').map_or(key, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(french: &str, english: &str) -> Result<Catalogue, String> {
        Catalogue::read(|language| {
            Ok(match language {
                Language::French => french.to_owned(),
                Language::English => english.to_owned(),
            })
        })
    }

    #[test]
    fn french_texts_get_no_break_spaces() {
        let catalogue = read("[a]\nb = 'Vrai ?'", "[a]\nb = 'True ?'").unwrap();

        assert_eq!(catalogue.text(Language::French, "a.b"), Some("Vrai\u{a0}?"));
        assert_eq!(catalogue.text(Language::English, "a.b"), Some("True ?"));
    }

    #[test]
    fn languages_that_differ_are_refused() {
        for (french, english, why) in [
            ("[a]\nb = 'x'", "[a]", "messages/en.toml: a.b is missing"),
            ("[a]", "[a]\nb = 'x'", "messages/fr.toml: a.b is missing"),
            (
                "[a]\nb = 'x'\nc = 'y'",
                "[a]\nc = 'y'\nb = 'x'",
                "messages/en.toml: a.c is out of order",
            ),
            ("[a]\nb = '{x}'", "[a]\nb = '{y}'", "a.b: its placeholders are"),
            ("[a]\nb = '{x}'", "[a]\nb = 'x'", "a.b: its placeholders are"),
            ("[a]\nb = 1", "[a]\nb = 'x'", "messages/fr.toml: a.b is not a text"),
            ("[a]\nb = ''", "[a]\nb = 'x'", "messages/fr.toml: a.b is not a text"),
            ("[a]\nB = 'x'", "[a]\nB = 'x'", "messages/fr.toml: a.B: a key is"),
            ("[a", "[a]", "messages/fr.toml: "),
        ] {
            let refusal = read(french, english).unwrap_err();
            assert!(refusal.starts_with(why), "{refusal}");
        }
    }

    #[test]
    fn every_used_message_exists_and_every_message_is_used() {
        let catalogue = read("[a]\nb = 'x'\nc = 'y'", "[a]\nb = 'x'\nc = 'y'").unwrap();
        let expect = |used: &[&str]| {
            catalogue.expect_used(&used.iter().map(|key| (*key).to_owned()).collect())
        };

        assert_eq!(expect(&["a.b", "a.c"]), Ok(()));
        assert!(expect(&["a.b"]).unwrap_err().contains("a.c is used by no template"));
        assert!(expect(&["a.b", "a.c", "a.d"]).unwrap_err().contains("no message a.d"));
    }

    #[test]
    fn a_message_is_a_field_and_one_with_placeholders_a_method() {
        let source = "[a.b_c]\nd = 'x'\ne = '{m} of {n}'\nf = 'unused'";
        let catalogue = read(source, source).unwrap();

        let code = catalogue.code(&["a.b_c.d", "a.b_c.e"].map(str::to_owned).into());

        for part in [
            "pub(crate) struct ABC {\n    pub(crate) d: Safe<&'static str>,\n    e: &'static str,\n}",
            "pub(crate) fn e(&self, m: impl std::fmt::Display, n: impl std::fmt::Display) -> Safe<String>",
            "pub(crate) struct A {\n    pub(crate) b_c: ABC,\n}",
            "static ENGLISH: Messages = Messages { a: A { b_c: ABC { d: Safe(\"x\"),",
        ] {
            assert!(code.contains(part), "{part}\n{code}");
        }
        assert!(!code.contains("unused"));
    }
}
