//! The messages of `messages/*.toml`: what pages say, in each language.
//!
//! The build makes a struct for each table of the catalogue: a template that says a message which is
//! not there does not compile.

use std::fmt::Display;

use askama::filters::{Html, Safe, escape};
use shared::domain::Language;

include!(concat!(env!("OUT_DIR"), "/messages.rs"));

impl Messages {
    /// Those in `language`.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &FRENCH,
            Language::English => &ENGLISH,
        }
    }
}

/// `text` with each value, escaped, in place of its name in braces.
fn filled(text: &str, values: &[(&str, &dyn Display)]) -> Safe<String> {
    let mut filled = text.to_owned();
    for (name, value) in values {
        let Ok(value) = escape(value.to_string(), Html);
        filled = filled.replace(&format!("{{{name}}}"), &value.to_string());
    }
    Safe(filled)
}
