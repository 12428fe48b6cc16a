//! A write of one item, and the rule that it relies on. An update is built from its changes.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::expression::Expression;
use super::rules::Ruled;
use super::{Item, Table, value};
use crate::error::Error;

/// A write of one item under the condition of one rule.
#[derive(Clone, Debug)]
#[must_use = "an action that is not written changes nothing"]
pub(super) struct Action {
    pub(super) table: Table,
    pub(super) pk: String,
    /// The rule that the write relies on.
    pub(super) ruled: Ruled,
    pub(super) what: What,
    /// The error of a value that could not become an attribute. It is reported when the action is
    /// written.
    pub(super) fault: Option<String>,
}

/// The kind of write.
#[derive(Clone, Debug)]
pub(super) enum What {
    Put(Item),
    Update(Vec<Change>),
    Delete,
}

/// A change of one attribute. A dot in the name leads into a map.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Set(String, AttributeValue),
    Remove(String),
    /// Adds to a number. A missing number is 0.
    Add(String, i64),
}

impl Action {
    fn new(table: Table, pk: String, ruled: Ruled, what: What) -> Self {
        Self { table, pk, ruled, what, fault: None }
    }

    /// Puts `item`, replacing the item under its key.
    pub(super) fn put(table: Table, item: Item, ruled: Ruled) -> Self {
        let pk = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
        Self::new(table, pk, ruled, What::Put(item))
    }

    /// Changes the item `pk`, or creates it if the rule allows a missing item.
    pub(super) fn update(table: Table, pk: String, ruled: Ruled) -> Self {
        Self::new(table, pk, ruled, What::Update(Vec::new()))
    }

    /// Deletes the item `pk`.
    pub(super) fn delete(table: Table, pk: String, ruled: Ruled) -> Self {
        Self::new(table, pk, ruled, What::Delete)
    }

    pub(super) fn set(mut self, attribute: &str, to: &impl Serialize) -> Self {
        match value(to) {
            Ok(value) => self.change(Change::Set(attribute.to_owned(), value)),
            Err(error) => {
                self.fault = Some(format!("{attribute}: {error}"));
                self
            }
        }
    }

    /// Sets `attribute`, or removes it if there is no value.
    pub(super) fn set_or_remove(self, attribute: &str, to: Option<&impl Serialize>) -> Self {
        match to {
            Some(to) => self.set(attribute, to),
            None => self.remove(attribute),
        }
    }

    pub(super) fn remove(self, attribute: &str) -> Self {
        self.change(Change::Remove(attribute.to_owned()))
    }

    pub(super) fn add(self, attribute: &str, step: i64) -> Self {
        self.change(Change::Add(attribute.to_owned(), step))
    }

    /// Adds `changes` to the update.
    #[cfg(test)]
    pub(super) fn with(self, changes: Vec<Change>) -> Self {
        changes.into_iter().fold(self, Self::change)
    }

    fn change(mut self, change: Change) -> Self {
        if let What::Update(changes) = &mut self.what {
            changes.push(change);
        }
        self
    }
}

impl Action {
    /// The item after this write of `item`, without testing the rule.
    ///
    /// # Errors
    ///
    /// When a path leads into something that is not a map, or a number is added to something else.
    pub(super) fn apply(&self, item: Option<Item>) -> Result<Option<Item>, Error> {
        match &self.what {
            What::Put(item) => Ok(Some(item.clone())),
            What::Delete => Ok(None),
            What::Update(changes) => {
                let key = || Item::from([("pk".to_owned(), AttributeValue::S(self.pk.clone()))]);
                let mut item = item.unwrap_or_else(key);
                changes.iter().try_for_each(|change| change.apply(&mut item))?;
                Ok(Some(item))
            }
        }
    }
}

impl Change {
    fn apply(&self, item: &mut Item) -> Result<(), Error> {
        match self {
            Self::Set(path, value) => {
                let (map, name) = lead(item, path)?;
                map.insert(name.to_owned(), value.clone());
            }
            Self::Remove(path) => {
                let (map, name) = lead(item, path)?;
                map.remove(name);
            }
            Self::Add(path, step) => {
                let (map, name) = lead(item, path)?;
                let number = match map.get(name) {
                    Some(AttributeValue::N(number)) => number.parse::<i64>().ok(),
                    Some(_) => None,
                    None => Some(0),
                };
                let number = number.ok_or_else(|| Error::Unavailable("no number".into()))?;
                map.insert(name.to_owned(), AttributeValue::N((number + step).to_string()));
            }
        }
        Ok(())
    }
}

/// The map that `path` leads to, and the name of the attribute in it.
fn lead<'a, 'b>(item: &'a mut Item, path: &'b str) -> Result<(&'a mut Item, &'b str), Error> {
    let Some((names, last)) = path.rsplit_once('.') else {
        return Ok((item, path));
    };
    let mut map = item;
    for name in names.split('.') {
        map = match map.get_mut(name) {
            Some(AttributeValue::M(inner)) => inner,
            _ => return Err(Error::Unavailable("a path leads nowhere".into())),
        };
    }
    Ok((map, last))
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
