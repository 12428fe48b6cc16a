//! Reads JSON member by member. A member that cannot be read is absent and does not affect others.
//!
//! Serde's derived structs refuse a whole object for one member of a wrong type, a repeated name,
//! or half of a surrogate pair. Here, only that member is absent.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The unparsed members of a JSON object.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

/// Any JSON string. Half of a surrogate pair is read as U+FFFD.
#[derive(Debug)]
pub(super) struct AnyText(pub(super) String);

impl<'a> Members<'a> {
    /// The members of `json`; `None` if it is not an object.
    pub(super) fn of(json: &'a RawValue) -> Option<Self> {
        read(json)
    }

    /// The member `name`; `None` if it is missing or of another type. If the name is repeated, the
    /// first member of the right type counts.
    pub(super) fn find<T: Deserialize<'a>>(&self, name: &str) -> Option<T> {
        self.0.iter().filter(|(own, _)| own == name).find_map(|(_, value)| read(value))
    }

    /// The member `name` as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.find(name).map(|AnyText(text)| text)
    }

    /// The members of the object `name`; none if it is not an object.
    pub(super) fn object(&self, name: &str) -> Self {
        self.find(name).unwrap_or_default()
    }

    /// The texts in the list `name`. Other values in it are skipped.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let values: Vec<&RawValue> = self.find(name).unwrap_or_default();
        values.into_iter().filter_map(read).map(|AnyText(text)| text).collect()
    }

    /// All members that are text, with their names.
    pub(super) fn into_texts(self) -> Vec<(String, String)> {
        let texts = self.0.into_iter().map(|(name, value)| Some((name, read::<AnyText>(value)?.0)));
        texts.flatten().collect()
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Option<T> {
    serde_json::from_str(json.get()).ok()
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            if let Some(AnyText(name)) = read(name) {
                members.push((name, value));
            }
        }
        Ok(Members(members))
    }
}

impl<'de> Deserialize<'de> for AnyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only as bytes does serde_json deliver strings that are not UTF-8.
        deserializer.deserialize_bytes(AnyTextVisitor)
    }
}

struct AnyTextVisitor;

impl Visitor<'_> for AnyTextVisitor {
    type Value = AnyText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(AnyText(String::from_utf8_lossy(bytes).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(json: &str) -> Members<'_> {
        Members::of(serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn a_member_of_a_wrong_type_is_absent_and_affects_no_other() {
        for wrong in ["null", "7", "1e999", "true", "[]", "{}", "[\"text\"]"] {
            let json = format!(r#"{{"text":{wrong},"other":"é\n\"","flag":true}}"#);
            let members = members(&json);

            assert_eq!(members.text("text"), None, "{wrong}");
            assert_eq!(members.text("other").as_deref(), Some("é\n\""));
            assert_eq!(members.find("flag"), Some(true));
            assert_eq!(members.find::<bool>("other"), None);
            assert!(members.object("other").0.is_empty());
            assert!(members.texts("other").is_empty());
        }
    }

    #[test]
    fn of_two_members_with_one_name_the_first_readable_one_counts() {
        assert_eq!(members(r#"{"a":1,"a":"x","a":"y"}"#).text("a").as_deref(), Some("x"));
    }

    #[test]
    fn half_a_surrogate_pair_affects_no_other_member() {
        let members = members(r#"{"\ud800":1,"a":"x\udc00y","l":["\ud83d\ude00",2,"\ud83d"]}"#);

        assert_eq!(members.text("a").as_deref(), Some("x\u{fffd}\u{fffd}\u{fffd}y"));
        assert_eq!(members.texts("l"), ["😀", "\u{fffd}\u{fffd}\u{fffd}"]);
    }

    #[test]
    fn an_object_may_be_nested_to_any_depth() {
        let deep = format!(r#"{{"deep":{}{},"a":"x"}}"#, "[".repeat(20_000), "]".repeat(20_000));

        assert_eq!(members(&deep).text("a").as_deref(), Some("x"));
    }

    #[test]
    fn what_is_not_an_object_has_no_members() {
        for json in ["null", "7", "\"a\"", "[]", "true"] {
            assert!(Members::of(serde_json::from_str(json).unwrap()).is_none(), "{json}");
        }
    }
}
