//! Lambda's filter patterns for stream records, limited to comparisons with values and prefixes,
//! and to `exists`.

use std::collections::BTreeMap;

use serde_json::Value;

/// Why a filter pattern is not supported.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum FilterError {
    /// The pattern is not JSON.
    #[error("the filter pattern {0} is not JSON")]
    NotJson(String),
    /// The values to compare a member with must be a list.
    #[error("in a filter pattern, {0} must be in a list")]
    NotInList(Value),
    /// A comparison must have one name and one argument.
    #[error("in a filter pattern, {0} is not one comparison")]
    NotOneComparison(Value),
    /// The comparison is not supported.
    #[error("the filter pattern {0} is not understood here")]
    Unknown(Value),
}

/// A list of patterns. A record matches if one of them matches, or if the list is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters(Vec<Pattern>);

#[derive(Clone, Debug)]
enum Pattern {
    Members(BTreeMap<String, Pattern>),
    Any(Vec<Matcher>),
}

#[derive(Clone, Debug)]
enum Matcher {
    Equals(Value),
    Prefix(String),
    Exists(bool),
    AnythingBut(Vec<Value>),
}

impl Filters {
    /// Reads the patterns of a template.
    pub(crate) fn parse(patterns: &[String]) -> Result<Self, FilterError> {
        let parse = |text: &String| {
            let value =
                serde_json::from_str(text).map_err(|_| FilterError::NotJson(text.clone()))?;
            Pattern::parse(&value)
        };
        patterns.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `record` matches.
    pub(crate) fn match_record(&self, record: &Value) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(Some(record)))
    }
}

impl Pattern {
    fn parse(value: &Value) -> Result<Self, FilterError> {
        match value {
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| Ok((name.clone(), Self::parse(member)?)))
                .collect::<Result<_, _>>()
                .map(Self::Members),
            Value::Array(matchers) => {
                matchers.iter().map(Matcher::parse).collect::<Result<_, _>>().map(Self::Any)
            }
            _ => Err(FilterError::NotInList(value.clone())),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Members(members) => members
                .iter()
                .all(|(name, member)| member.matches(value.and_then(|value| value.get(name)))),
            Self::Any(matchers) => matchers.iter().any(|matcher| matcher.matches(value)),
        }
    }
}

impl Matcher {
    fn parse(value: &Value) -> Result<Self, FilterError> {
        let Value::Object(members) = value else {
            return Ok(Self::Equals(value.clone()));
        };
        let mut members = members.iter();
        let (Some((name, argument)), None) = (members.next(), members.next()) else {
            return Err(FilterError::NotOneComparison(value.clone()));
        };
        match (name.as_str(), argument) {
            ("exists", Value::Bool(exists)) => Ok(Self::Exists(*exists)),
            ("prefix", Value::String(prefix)) => Ok(Self::Prefix(prefix.clone())),
            ("anything-but", Value::Array(values)) => Ok(Self::AnythingBut(values.clone())),
            ("anything-but", value) if !value.is_object() => {
                Ok(Self::AnythingBut(vec![value.clone()]))
            }
            _ => Err(FilterError::Unknown(value.clone())),
        }
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(exists), value) => *exists == value.is_some(),
            (_, None) => false,
            (Self::Equals(expected), Some(value)) => expected == value,
            (Self::Prefix(prefix), Some(value)) => {
                value.as_str().is_some_and(|text| text.starts_with(prefix.as_str()))
            }
            (Self::AnythingBut(values), Some(value)) => !values.contains(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(pattern: &Value) -> bool {
        let record = json!({
            "eventName": "INSERT",
            "dynamodb": { "NewImage": { "mail": { "S": "activation" }, "n": { "N": "1" } } },
        });
        Filters::parse(&[pattern.to_string()]).unwrap().match_record(&record)
    }

    #[test]
    fn records_are_compared_with_patterns() {
        let image = |member: Value| json!({ "dynamodb": { "NewImage": member } });

        for (pattern, expected) in [
            (json!({ "eventName": ["MODIFY", "INSERT"] }), true),
            (json!({ "eventName": ["REMOVE"] }), false),
            (image(json!({ "mail": { "S": [{ "exists": true }] } })), true),
            (image(json!({ "gone": { "S": [{ "exists": true }] } })), false),
            (image(json!({ "gone": { "S": [{ "exists": false }] } })), true),
            (image(json!({ "mail": { "S": [{ "prefix": "act" }] } })), true),
            (image(json!({ "mail": { "S": [{ "prefix": "re" }] } })), false),
            (image(json!({ "mail": { "S": [{ "anything-but": ["activation"] }] } })), false),
            (image(json!({ "mail": { "S": [{ "anything-but": "other" }] } })), true),
            (json!({ "eventName": ["INSERT"], "other": ["x"] }), false),
            (json!({}), true),
        ] {
            assert_eq!(matches(&pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn one_matching_pattern_is_enough_and_an_empty_list_matches_everything() {
        let patterns = [r#"{"a":["x"]}"#.to_owned(), r#"{"b":[1]}"#.to_owned()];
        let filters = Filters::parse(&patterns).unwrap();

        assert!(filters.match_record(&json!({ "b": 1 })));
        assert!(!filters.match_record(&json!({ "b": 2 })));
        assert!(Filters::default().match_record(&json!({})));
    }

    #[test]
    fn an_unsupported_pattern_is_named() {
        for pattern in ["{", r#"{"a":"x"}"#, r#"{"a":[{"numeric":[">",1]}]}"#, r#"{"a":[{}]}"#] {
            assert!(Filters::parse(&[pattern.to_owned()]).is_err(), "{pattern}");
        }
    }
}
