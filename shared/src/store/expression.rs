//! The placeholders in the text of an expression.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;

/// The attribute names that placeholders stand for.
pub(super) type Names = HashMap<String, String>;

/// The names and values that the placeholders of an expression stand for.
#[derive(Debug, Default)]
pub(super) struct Expression {
    names: Vec<(String, String)>,
    values: Vec<(String, AttributeValue)>,
}

impl Expression {
    /// The text for `path`, with a placeholder for each of its names.
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

    /// The names and the values. `None` instead of an empty list, which DynamoDB refuses.
    pub(super) fn finish(self) -> (Option<Names>, Option<Item>) {
        let names = (!self.names.is_empty()).then(|| self.names.into_iter().collect());
        let values = (!self.values.is_empty()).then(|| self.values.into_iter().collect());
        (names, values)
    }
}
