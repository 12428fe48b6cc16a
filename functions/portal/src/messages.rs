//! The texts of the pages, from `messages/*.toml`, in each language.
//!
//! The build makes a struct for each table of the catalogue. A template with an unknown message
//! does not compile.

use std::fmt::Display;

use askama::filters::{Html, Safe, escape};
use shared::domain::Language;

include!(concat!(env!("OUT_DIR"), "/messages.rs"));

impl Messages {
    /// The messages in `language`.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &FRENCH,
            Language::English => &ENGLISH,
        }
    }
}

/// `text` with each name in braces replaced by its value, escaped.
fn filled(text: &str, values: &[(&str, &dyn Display)]) -> Safe<String> {
    let mut filled = text.to_owned();
    for (name, value) in values {
        let Ok(value) = escape(value.to_string(), Html);
        filled = filled.replace(&format!("{{{name}}}"), &value.to_string());
    }
    Safe(filled)
}
