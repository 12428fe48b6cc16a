//! The items that a call to `DynamoDB` names.

use serde_json::Value;

use super::conflicts::Key;
use super::requests::Item;
use crate::arn::table_arn;
use crate::privilege::key_prefix;
use crate::template::{Access, DeclaredTable, Template};

/// An item that a call names.
#[derive(Debug, PartialEq)]
pub(crate) struct Named {
    table: String,
    index: Option<String>,
    /// The action on this item, as IAM names it.
    action: String,
    key: Option<String>,
}

/// The items that a call names.
pub(crate) fn named(template: &Template, action: &str, body: &[u8]) -> Vec<Named> {
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let item = |table: &str, action: &str, key: Option<&Value>| Named {
        table: table.to_owned(),
        index: None,
        action: action.to_owned(),
        key: key.and_then(|key| partition_key(&template.tables, table, key)),
    };
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut items = Vec::new();
    match action {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = request.get("RequestItems").and_then(Value::as_object);
            for (table, asked) in tables.into_iter().flatten() {
                for key in list(asked.get("Keys")) {
                    items.push(item(table, action, Some(&key)));
                }
                for write in list(Some(asked)) {
                    let key = write
                        .pointer("/PutRequest/Item")
                        .or_else(|| write.pointer("/DeleteRequest/Key"));
                    items.push(item(table, action, key));
                }
            }
        }
        "TransactGetItems" | "TransactWriteItems" => {
            for part in list(request.get("TransactItems")) {
                for (kind, part) in part.as_object().into_iter().flatten() {
                    let action = match kind.as_str() {
                        "ConditionCheck" => "ConditionCheckItem".to_owned(),
                        kind => format!("{kind}Item"),
                    };
                    items.push(item(table_of(part), &action, key_of(part)));
                }
            }
        }
        _ => {
            let table = table_of(&request);
            if !table.is_empty() {
                let index = request.get("IndexName").and_then(Value::as_str).map(str::to_owned);
                items.push(Named { index, ..item(table, action, key_of(&request)) });
            }
        }
    }
    items
}

/// Whether a reading call asks for consistent reads of all its items.
pub(crate) fn are_read_consistently(body: &[u8]) -> bool {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let asked = |of: &Value| of.get("ConsistentRead") == Some(&Value::Bool(true));
    match request.get("RequestItems").and_then(Value::as_object) {
        Some(tables) => tables.values().all(asked),
        None => asked(&request),
    }
}

fn table_of(request: &Value) -> &str {
    let table = request.get("TableName").and_then(Value::as_str).unwrap_or_default();
    table.rsplit("table/").next().unwrap_or(table)
}

fn key_of(request: &Value) -> Option<&Value> {
    request.get("Key").or_else(|| request.get("Item"))
}

fn partition_key(tables: &[DeclaredTable], table: &str, key: &Value) -> Option<String> {
    let table = tables.iter().find(|declared| declared.name == table)?;
    key.get(table.partition_key())?.get("S")?.as_str().map(str::to_owned)
}

/// The permissions that a call with these items needs.
pub(crate) fn accesses(named: &[Named]) -> Vec<Access> {
    let mut accesses: Vec<Access> = Vec::new();
    for item in named {
        let (action, resource) = (format!("dynamodb:{}", item.action), Some(item.resource()));
        match accesses.iter_mut().find(|it| it.action == action && it.resource == resource) {
            Some(same) => same.keys.extend(item.key.clone()),
            None => {
                accesses.push(Access {
                    action,
                    resource,
                    keys: item.key.iter().cloned().collect(),
                });
            }
        }
    }
    accesses
}

impl Named {
    /// The table and key of the item; `None` if the call does not name its key.
    pub(crate) fn key(&self) -> Option<Key> {
        Some((self.table.clone(), self.key.clone()?))
    }

    /// The index that is queried, if there is one.
    pub(crate) fn index(&self) -> Option<&str> {
        self.index.as_deref()
    }

    /// The ARN of the item's table or of the queried index.
    fn resource(&self) -> String {
        let table = table_arn(&self.table);
        match &self.index {
            Some(index) => format!("{table}/index/{index}"),
            None => table,
        }
    }
}

/// The record of the items.
pub(crate) fn recorded(named: Vec<Named>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for named in named {
        let key = named.key.as_deref().map(key_prefix);
        let Named { table, index, action, .. } = named;
        let item = Item { table, index, action, key, count: 1 };
        match items.iter_mut().find(|other| Item { count: 1, ..(*other).clone() } == item) {
            Some(same) => same.count += 1,
            None => items.push(item),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::template::samples;

    fn items(action: &str, request: &Value) -> Vec<String> {
        let template = samples::with_table("tokens");
        recorded(named(&template, action, request.to_string().as_bytes()))
            .into_iter()
            .map(|item| {
                let of = item.key.or(item.index).unwrap_or_default();
                format!("{} {} {of} {}", item.action, item.table, item.count)
            })
            .collect()
    }

    #[test]
    fn the_items_of_a_call_are_named_by_the_prefix_of_their_key() {
        let key = |pk: &str| json!({ "pk": { "S": pk } });

        assert_eq!(
            items("GetItem", &json!({ "TableName": "tokens", "Key": key("link#abc") })),
            ["GetItem tokens link# 1"]
        );
        assert_eq!(
            items("Query", &json!({ "TableName": "tokens", "IndexName": "outbox" })),
            ["Query tokens outbox 1"]
        );
        assert_eq!(
            items(
                "TransactWriteItems",
                &json!({ "TransactItems": [
                    { "Put": { "TableName": "tokens", "Item": key("session#a.b") } },
                    { "ConditionCheck": { "TableName": "tokens", "Key": key("throttle#a#b#c") } },
                ] })
            ),
            ["PutItem tokens session# 1", "ConditionCheckItem tokens throttle# 1"]
        );
        let keys = [key("link#a"), key("none"), key("link#b")];
        assert_eq!(
            items("BatchGetItem", &json!({ "RequestItems": { "tokens": { "Keys": keys } } })),
            ["BatchGetItem tokens link# 2", "BatchGetItem tokens none 1"]
        );
        assert!(items("ListTables", &json!({})).is_empty());
    }

    fn wanted(action: &str, request: &Value) -> Vec<String> {
        let template = samples::with_table("tokens");
        let arn = table_arn("");
        accesses(&named(&template, action, request.to_string().as_bytes()))
            .into_iter()
            .map(|Access { action, resource, keys }| {
                let resource = resource.unwrap_or_default().replace(&arn, "");
                format!("{action} {resource} {}", keys.join(" "))
            })
            .collect()
    }

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let request = json!({ "TableName": "tokens", "IndexName": "outbox" });

        assert_eq!(wanted("Query", &request), ["dynamodb:Query tokens/index/outbox "]);
    }

    #[test]
    fn a_transaction_needs_what_each_of_its_parts_needs_by_itself() {
        let key = |pk: &str| json!({ "pk": { "S": pk } });
        let write = json!({ "TransactItems": [
            { "Put": { "TableName": "tokens", "Item": key("session#a") } },
            { "Update": { "TableName": "tokens", "Key": key("link#a") } },
            { "Delete": { "TableName": "tokens", "Key": key("session#b") } },
            { "ConditionCheck": { "TableName": "tokens", "Key": key("link#b") } },
            { "Update": { "TableName": "tokens", "Key": key("throttle#a") } },
        ] });
        let read = json!({ "TransactItems": [{ "Get": { "TableName": "tokens", "Key": key("link#a") } }] });

        assert_eq!(
            wanted("TransactWriteItems", &write),
            [
                "dynamodb:PutItem tokens session#a",
                "dynamodb:UpdateItem tokens link#a throttle#a",
                "dynamodb:DeleteItem tokens session#b",
                "dynamodb:ConditionCheckItem tokens link#b",
            ]
        );
        assert_eq!(wanted("TransactGetItems", &read), ["dynamodb:GetItem tokens link#a"]);
    }
}
