//! The condition of a rule: what it tests of an item.
//!
//! A condition is built from its tests and written with placeholders, so words that DynamoDB
//! reserves need no care elsewhere. Only the rules build conditions.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::super::expression::Expression;
use super::super::{Item, value};
use crate::error::Error;

/// A test of the present item. A dot in the name of an attribute leads into a map.
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

impl Condition {
    /// The item has `attribute`.
    pub(super) fn has(attribute: &str) -> Self {
        Self::Has(attribute.to_owned())
    }

    /// The item lacks `attribute`. If `attribute` is the key, there is no item.
    pub(super) fn lacks(attribute: &str) -> Self {
        Self::Lacks(attribute.to_owned())
    }

    /// `attribute` is `to`.
    pub(super) fn is(attribute: &str, to: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::Equals(attribute.to_owned(), value(to)?))
    }

    /// `attribute` is `to`, or is missing if `to` is `None`.
    pub(super) fn is_or_lacks(attribute: &str, to: Option<&impl Serialize>) -> Result<Self, Error> {
        match to {
            Some(to) => Self::is(attribute, to),
            None => Ok(Self::lacks(attribute)),
        }
    }

    /// The text of the condition; `None` if it tests nothing.
    pub(super) fn write(&self, into: &mut Expression) -> Option<String> {
        let all = |conditions: &[Self], word: &str, into: &mut Expression| {
            let mut parts: Vec<_> = conditions.iter().filter_map(|part| part.write(into)).collect();
            // DynamoDB refuses parentheses around a single part.
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

impl Condition {
    /// Whether the condition holds of `item`, as in DynamoDB. A missing item lacks every attribute.
    pub(super) fn holds(&self, item: &Item) -> bool {
        let compare = |name: &str, value: &AttributeValue| compared(find(item, name)?, value);
        match self {
            Self::Has(name) => find(item, name).is_some(),
            Self::Lacks(name) => find(item, name).is_none(),
            Self::Equals(name, value) => find(item, name).is_some_and(|is| is_equal(is, value)),
            Self::AtMost(name, value) => compare(name, value).is_some_and(Ordering::is_le),
            Self::Below(name, value) => compare(name, value).is_some_and(Ordering::is_lt),
            Self::Above(name, value) => compare(name, value).is_some_and(Ordering::is_gt),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(item)),
            Self::Any(conditions) => {
                let mut written = conditions.iter().filter(|part| !part.tests_nothing()).peekable();
                written.peek().is_none() || written.any(|condition| condition.holds(item))
            }
        }
    }

    /// Whether the condition has no text: it always holds and is left out of others.
    fn tests_nothing(&self) -> bool {
        match self {
            Self::All(conditions) | Self::Any(conditions) => {
                conditions.iter().all(Self::tests_nothing)
            }
            _ => false,
        }
    }
}

/// The value at `path`. A dot in `path` leads into a map.
fn find<'a>(item: &'a Item, path: &str) -> Option<&'a AttributeValue> {
    let mut names = path.split('.');
    let first = item.get(names.next()?)?;
    names.try_fold(first, |value, name| value.as_m().ok()?.get(name))
}

/// The order of two values; `None` if their kinds differ or have no order.
fn compared(left: &AttributeValue, right: &AttributeValue) -> Option<Ordering> {
    match (left, right) {
        (AttributeValue::S(left), AttributeValue::S(right)) => Some(left.cmp(right)),
        (AttributeValue::N(left), AttributeValue::N(right)) => {
            Some(left.parse::<i128>().ok()?.cmp(&right.parse().ok()?))
        }
        _ => None,
    }
}

fn is_equal(left: &AttributeValue, right: &AttributeValue) -> bool {
    match (left, right) {
        (AttributeValue::N(_), AttributeValue::N(_)) => {
            compared(left, right).is_some_and(Ordering::is_eq)
        }
        (AttributeValue::L(left), AttributeValue::L(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| is_equal(l, r))
        }
        (AttributeValue::M(left), AttributeValue::M(right)) => {
            let same = |(name, l): (&String, &AttributeValue)| {
                right.get(name).is_some_and(|r| is_equal(l, r))
            };
            left.len() == right.len() && left.iter().all(same)
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_written_from_its_tests() {
        let mut expression = Expression::default();
        let condition = Condition::All(vec![
            Condition::has("pk"),
            Condition::Any(vec![
                Condition::lacks("asked"),
                Condition::AtMost("asked.until".to_owned(), AttributeValue::N("1".to_owned())),
            ]),
            Condition::All(Vec::new()),
            Condition::Any(vec![Condition::has("outbox")]),
        ]);

        let text = condition.write(&mut expression).unwrap();

        assert_eq!(
            text,
            "(attribute_exists(#0) AND (attribute_not_exists(#1) OR #1.#2 <= :0) \
             AND attribute_exists(#3))"
        );
    }
}
