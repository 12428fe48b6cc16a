//! What is done to one item, and the rule it relies on. An update is built from its changes.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::expression::{Condition, Expression};
use super::rules::Rule;
use super::{Item, Table, value};

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
}
