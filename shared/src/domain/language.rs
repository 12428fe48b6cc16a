//! The two languages a tenant is addressed in.

use serde::{Deserialize, Serialize};

use super::FieldCode;

/// A language a tenant is addressed in.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Language {
    /// French, unless one says otherwise.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The first of our languages that `accept_language` (RFC 9110, 12.5.4) prefers.
    #[must_use]
    pub fn preferred(accept_language: &str) -> Self {
        let mut best = (0, Self::default());
        for range in accept_language.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(Some(1000), thousandths)
                .unwrap_or(0);
            let primary = tag.split('-').next().unwrap_or_default();
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

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }
}

/// A quality value, `0` to `1` with at most three decimals, in thousandths.
fn thousandths(quality: &str) -> Option<u32> {
    let (whole, decimals) = quality.split_once('.').unwrap_or((quality, ""));
    if decimals.len() > 3 {
        return None;
    }
    let value: u32 = format!("{whole}{decimals:0<3}").parse().ok()?;
    (value <= 1000).then_some(value)
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
        for (header, expected) in [
            ("", Language::French),
            ("en", Language::English),
            ("en-GB,en;q=0.9", Language::English),
            ("de, en;q=0.5", Language::English),
            ("en;q=0.3, fr;q=0.8", Language::French),
            ("fr;q=0, en;q=0.1", Language::English),
            ("en;q=2", Language::French),
            ("en;q=0.1234", Language::French),
            ("*", Language::French),
        ] {
            assert_eq!(Language::preferred(header), expected, "{header}");
        }
    }
}
