//! The two languages of pages, mails and messages.

use serde::{Deserialize, Serialize};

use super::FieldCode;

/// A language of pages, mails and messages.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Language {
    /// French, the default.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The language that `ranges` prefer. A range is a language tag or `*`, with its weight; a
    /// weight of 0 excludes it.
    #[must_use]
    pub fn preferred<'a>(ranges: impl IntoIterator<Item = (&'a str, u16)>) -> Self {
        let mut best = (0, Self::default());
        for (range, weight) in ranges {
            let primary = range.split('-').next().unwrap_or_default();
            let language = match primary.to_ascii_lowercase().as_str() {
                "fr" | "*" => Self::French,
                "en" => Self::English,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }
}

impl TryFrom<String> for Language {
    type Error = FieldCode;

    fn try_from(tag: String) -> Result<Self, FieldCode> {
        match tag.as_str() {
            "fr" => Ok(Self::French),
            "en" => Ok(Self::English),
            _ => Err(FieldCode::NotAllowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_is_the_one_of_greatest_weight() {
        for (ranges, expected) in [
            (&[][..], Language::French),
            (&[("en", 1000)], Language::English),
            (&[("en-GB", 1000), ("en", 900)], Language::English),
            (&[("de", 1000), ("EN", 500)], Language::English),
            (&[("en", 300), ("fr", 800)], Language::French),
            (&[("en", 1000), ("fr", 1000)], Language::English),
            (&[("fr", 0), ("en", 100)], Language::English),
            (&[("en", 0)], Language::French),
            (&[("*", 1000)], Language::French),
        ] {
            assert_eq!(Language::preferred(ranges.iter().copied()), expected, "{ranges:?}");
        }
    }
}
