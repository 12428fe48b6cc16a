//! What a write tests, and what its text stands for.
//!
//! A condition is built from its tests; names and values are given placeholders here, so no word that
//! DynamoDB reserves needs care anywhere else.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::{Item, value};
use crate::error::Error;

/// What must hold of the item as it is.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Has(String),
    Lacks(String),
    Equals(String, AttributeValue),
    AtMost(String, AttributeValue),
    Below(String, AttributeValue),
    Above(String, AttributeValue),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// What the placeholders of names stand for.
pub(super) type Names = HashMap<String, String>;

/// What the placeholders of an expression stand for.
#[derive(Debug, Default)]
pub(super) struct Expression {
    names: Vec<(String, String)>,
    values: Vec<(String, AttributeValue)>,
}

impl Condition {
    /// `attribute` is `to`.
    pub(super) fn is(attribute: &str, to: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::Equals(attribute.to_owned(), value(to)?))
    }

    /// `attribute` is `to`, or is missing where there is no value.
    pub(super) fn is_or_lacks(attribute: &str, to: Option<&impl Serialize>) -> Result<Self, Error> {
        match to {
            Some(to) => Self::is(attribute, to),
            None => Ok(Self::Lacks(attribute.to_owned())),
        }
    }

    /// Its text; nothing where there is nothing to test.
    pub(super) fn write(&self, into: &mut Expression) -> Option<String> {
        let all = |conditions: &[Self], word: &str, into: &mut Expression| {
            let mut parts: Vec<_> = conditions.iter().filter_map(|part| part.write(into)).collect();
            // DynamoDB takes no parentheses around one part.
            if parts.len() < 2 { parts.pop() } else { Some(format!("({})", parts.join(word))) }
        };
        let mut compare = |name: &str, sign: &str, value: &AttributeValue| {
            format!("{} {sign} {}", into.path(name), into.value(value.clone()))
        };
        match self {
            Self::Equals(name, value) => Some(compare(name, "=", value)),
            Self::AtMost(name, value) => Some(compare(name, "<=", value)),
            Self::Below(name, value) => Some(compare(name, "<", value)),
            Self::Above(name, value) => Some(compare(name, ">", value)),
            Self::Has(name) => Some(format!("attribute_exists({})", into.path(name))),
            Self::Lacks(name) => Some(format!("attribute_not_exists({})", into.path(name))),
            Self::All(conditions) => all(conditions, " AND ", into),
            Self::Any(conditions) => all(conditions, " OR ", into),
        }
    }
}

impl Expression {
    /// The placeholders of `path`, one for each of its names.
    pub(super) fn path(&mut self, path: &str) -> String {
        path.split('.').map(|name| self.name(name)).collect::<Vec<_>>().join(".")
    }

    fn name(&mut self, name: &str) -> String {
        if let Some((placeholder, _)) = self.names.iter().find(|(_, known)| known == name) {
            return placeholder.clone();
        }
        let placeholder = format!("#{}", self.names.len());
        self.names.push((placeholder.clone(), name.to_owned()));
        placeholder
    }

    pub(super) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":{}", self.values.len());
        self.values.push((placeholder.clone(), value));
        placeholder
    }

    /// What the placeholders stand for; nothing where there are none, for DynamoDB takes no empty
    /// list.
    pub(super) fn finish(self) -> (Option<Names>, Option<Item>) {
        let names = (!self.names.is_empty()).then(|| self.names.into_iter().collect());
        let values = (!self.values.is_empty()).then(|| self.values.into_iter().collect());
        (names, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_written_from_its_tests() {
        let mut expression = Expression::default();
        let condition = Condition::All(vec![
            Condition::Has("pk".to_owned()),
            Condition::Any(vec![
                Condition::Lacks("asked".to_owned()),
                Condition::AtMost("asked.until".to_owned(), AttributeValue::N("1".to_owned())),
            ]),
            Condition::All(Vec::new()),
            Condition::Any(vec![Condition::Has("outbox".to_owned())]),
        ]);

        let text = condition.write(&mut expression).unwrap();

        assert_eq!(
            text,
            "(attribute_exists(#0) AND (attribute_not_exists(#1) OR #1.#2 <= :0) \
             AND attribute_exists(#3))"
        );
    }
}
