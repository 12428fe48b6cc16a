//! What is done to one item, and the rule it relies on.
//!
//! An update is built from its changes and a condition from its tests; names and values are given
//! placeholders here, so no word that DynamoDB reserves needs care anywhere else.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::rules::Rule;
use super::{Item, Table, value};
use crate::error::Error;

/// A write of one item under one condition.
#[derive(Clone, Debug)]
#[must_use = "an action that is not written changes nothing"]
pub(super) struct Action {
    pub(super) table: Table,
    pub(super) pk: String,
    /// What it means that the condition does not hold.
    pub(super) rule: Rule,
    pub(super) what: What,
    pub(super) condition: Condition,
    /// A value that could not be written as an attribute, kept until the action is.
    pub(super) fault: Option<String>,
}

/// What is done to the item.
#[derive(Clone, Debug)]
pub(super) enum What {
    Put(Item),
    Update(Vec<Change>),
    Delete,
}

/// A change of one attribute. A dot in its name leads into a map.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Set(String, AttributeValue),
    Remove(String),
    /// Adds to a number, which is 0 where it is missing.
    Add(String, i64),
}

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

impl Action {
    fn new(table: Table, pk: String, rule: Rule, what: What) -> Self {
        let condition = Condition::Has("pk".to_owned());
        Self { table, pk, rule, what, condition, fault: None }
    }

    /// Puts `item` under a key that nothing else has.
    pub(super) fn insert(table: Table, item: Item, rule: Rule) -> Self {
        let condition = Condition::Lacks("pk".to_owned());
        Self { condition, ..Self::put(table, item, rule) }
    }

    /// Puts `item` in place of the one under its key, if the condition given next holds.
    pub(super) fn put(table: Table, item: Item, rule: Rule) -> Self {
        let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
        Self::new(table, pk, rule, What::Put(item))
    }

    /// Changes the item `pk`, which must exist.
    pub(super) fn update(table: Table, pk: String, rule: Rule) -> Self {
        Self::new(table, pk, rule, What::Update(Vec::new()))
    }

    /// Deletes the item `pk`, which must exist.
    pub(super) fn delete(table: Table, pk: String, rule: Rule) -> Self {
        Self::new(table, pk, rule, What::Delete)
    }

    /// Relies on `condition` instead of on the item being there.
    pub(super) fn when(self, condition: Condition) -> Self {
        Self { condition, ..self }
    }

    /// Changes the item whether it exists or not.
    pub(super) fn always(self) -> Self {
        self.when(Condition::All(Vec::new()))
    }

    /// Sets `attribute`.
    pub(super) fn set(mut self, attribute: &str, to: &impl Serialize) -> Self {
        match value(to) {
            Ok(value) => self.change(Change::Set(attribute.to_owned(), value)),
            Err(error) => {
                self.fault = Some(format!("{attribute}: {error}"));
                self
            }
        }
    }

    /// Sets `attribute`, or removes it where there is no value.
    pub(super) fn set_or_remove(self, attribute: &str, to: Option<&impl Serialize>) -> Self {
        match to {
            Some(to) => self.set(attribute, to),
            None => self.remove(attribute),
        }
    }

    /// Removes `attribute`.
    pub(super) fn remove(self, attribute: &str) -> Self {
        self.change(Change::Remove(attribute.to_owned()))
    }

    /// Adds `step` to `attribute`.
    pub(super) fn add(self, attribute: &str, step: i64) -> Self {
        self.change(Change::Add(attribute.to_owned(), step))
    }

    fn change(mut self, change: Change) -> Self {
        if let What::Update(changes) = &mut self.what {
            changes.push(change);
        }
        self
    }
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

/// The text of an update.
pub(super) fn write_update(changes: &[Change], into: &mut Expression) -> String {
    let (mut set, mut remove, mut add) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Set(name, value) => {
                set.push(format!("{} = {}", into.path(name), into.value(value.clone())));
            }
            Change::Remove(name) => remove.push(into.path(name)),
            Change::Add(name, step) => {
                let step = into.value(AttributeValue::N(step.to_string()));
                add.push(format!("{} {step}", into.path(name)));
            }
        }
    }
    let clauses = [("SET", set), ("REMOVE", remove), ("ADD", add)];
    let clauses = clauses.iter().filter(|(_, parts)| !parts.is_empty());
    clauses
        .map(|(word, parts)| format!("{word} {}", parts.join(", ")))
        .collect::<Vec<_>>()
        .join(" ")
}

impl Expression {
    /// The placeholders of `path`, one for each of its names.
    fn path(&mut self, path: &str) -> String {
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

    fn value(&mut self, value: AttributeValue) -> String {
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
    fn an_update_is_written_from_its_changes() {
        let mut expression = Expression::default();
        let changes = [
            Change::Set("status".to_owned(), AttributeValue::S("a".to_owned())),
            Change::Remove("payload.password".to_owned()),
            Change::Add("attempts".to_owned(), 1),
            Change::Remove("outbox".to_owned()),
        ];

        let text = write_update(&changes, &mut expression);

        assert_eq!(text, "SET #0 = :0 REMOVE #1.#2, #4 ADD #3 :1");
    }

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
