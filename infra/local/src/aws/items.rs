//! The items that a call to `DynamoDB` names.

use serde_json::Value;

use super::requests::Item;
use crate::template::{Access, DeclaredTable, Template, table_arn};

/// An item that a call names.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    table: String,
    index: Option<String>,
    /// The action on this item, as IAM names it.
    action: String,
    key: Option<String>,
}

/// The items that a call names.
pub(super) fn named(template: &Template, action: &str, body: &[u8]) -> Vec<Named> {
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

impl Named {
    /// What a function must be allowed to name it.
    pub(super) fn access(&self) -> Access {
        let table = table_arn(&self.table);
        Access {
            action: format!("dynamodb:{}", self.action),
            resource: Some(match &self.index {
                Some(index) => format!("{table}/index/{index}"),
                None => table,
            }),
            key: self.key.clone(),
        }
    }

    /// The partition key up to and with its `#`.
    fn prefix(&self) -> Option<String> {
        let key = self.key.as_deref()?;
        let end = key.find('#').map_or(key.len(), |position| position + 1);
        key.get(..end).map(str::to_owned)
    }
}

/// `named` as it is recorded.
pub(super) fn recorded(named: Vec<Named>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for named in named {
        let key = named.prefix();
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
    use crate::template;

    fn items(action: &str, request: &Value) -> Vec<String> {
        let template = template::tests_only_with_table("tokens");
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

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let template = template::tests_only_with_table("tokens");
        let request = br#"{"TableName":"tokens","IndexName":"outbox"}"#;

        let access = named(&template, "Query", request)[0].access();

        assert_eq!(access.action, "dynamodb:Query");
        assert_eq!(
            access.resource.as_deref(),
            Some("arn:aws:dynamodb:eu-west-3:000000000000:table/tokens/index/outbox")
        );
    }
}
