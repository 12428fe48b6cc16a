//! `DynamoDB`: calls are passed to the embedded engine, and what they cost is written down.

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::reply::Reply;
use super::requests::{Item, Units};
use crate::engine::Engine;
use crate::template::{DeclaredTable, Template};

const JSON: &str = "application/x-amz-json-1.0";

/// The actions that can say what they cost.
const METERED: [&str; 10] = [
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
];

/// Has the engine answer a call.
pub(super) async fn forward(engine: &Engine, action: &str, parts: &Parts, body: &Bytes) -> Reply {
    let metered = if METERED.contains(&action) { Metered::of(body) } else { None };
    let sent = metered.as_ref().map_or_else(|| body.clone(), |metered| metered.body.clone());
    let mut request = Request::new(Body::from(sent));
    *request.method_mut() = parts.method.clone();
    *request.headers_mut() = parts.headers.clone();
    request.headers_mut().remove(header::CONTENT_LENGTH);
    let Some((parts, answer)) = engine.call(request).await else {
        return error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "the embedded engine does not answer",
        );
    };
    let mut headers = parts.headers;
    let (answer, units) = match metered {
        Some(metered) if parts.status.is_success() => {
            // The engine's checksum and length are of its own answer.
            headers.remove("x-amz-crc32");
            metered.read(action, answer)
        }
        _ => (answer, Units::default()),
    };
    headers.remove(header::CONTENT_LENGTH);
    Reply::new(parts.status, headers, answer, units)
}

/// A request that asks what it costs, and whether its caller had asked for that.
struct Metered {
    body: Bytes,
    caller_asked: bool,
}

impl Metered {
    fn of(body: &[u8]) -> Option<Self> {
        let mut request: Value = serde_json::from_slice(body).ok()?;
        let members = request.as_object_mut()?;
        let before = members.insert("ReturnConsumedCapacity".to_owned(), json!("INDEXES"));
        let caller_asked = match before.as_ref().map(Value::as_str) {
            None | Some(Some("NONE")) => false,
            Some(Some("INDEXES" | "TOTAL")) => true,
            // What is not a valid value is for the engine to refuse.
            Some(_) => return None,
        };
        Some(Self { body: Bytes::from(serde_json::to_vec(&request).ok()?), caller_asked })
    }

    fn read(&self, action: &str, answer: Bytes) -> (Bytes, Units) {
        let Ok(mut reply) = serde_json::from_slice::<Value>(&answer) else {
            return (answer, Units::default());
        };
        let units = units(action, reply.get("ConsumedCapacity").unwrap_or(&Value::Null));
        if self.caller_asked {
            return (answer, units);
        }
        if let Some(members) = reply.as_object_mut() {
            members.remove("ConsumedCapacity");
        }
        (serde_json::to_vec(&reply).map_or(answer, Bytes::from), units)
    }
}

fn units(action: &str, consumed: &Value) -> Units {
    let one = std::slice::from_ref(consumed);
    let of_tables = consumed.as_array().map_or(one, Vec::as_slice);
    let (mut tables, mut indexes) = (0.0, 0.0);
    for consumed in of_tables {
        tables += consumed.pointer("/Table/CapacityUnits").and_then(Value::as_f64).unwrap_or(0.0);
        for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            let details = consumed.get(kind).and_then(Value::as_object);
            for detail in details.into_iter().flat_map(serde_json::Map::values) {
                indexes += detail.get("CapacityUnits").and_then(Value::as_f64).unwrap_or(0.0);
            }
        }
    }
    if is_read(action) {
        Units { read: tables, index_read: indexes, ..Units::default() }
    } else {
        Units { write: tables, index_write: indexes, ..Units::default() }
    }
}

fn is_read(action: &str) -> bool {
    matches!(action, "BatchGetItem" | "GetItem" | "Query" | "Scan" | "TransactGetItems")
}

/// The items that a call names.
pub(super) fn items(template: &Template, action: &str, body: &[u8]) -> Vec<Item> {
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let item = |table: &str, action: &str, key: Option<&Value>| Item {
        table: table.to_owned(),
        index: None,
        action: action.to_owned(),
        key: key.and_then(|key| leading_key(&template.tables, table, key)),
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut items = Vec::new();
    match action {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = request.get("RequestItems").and_then(Value::as_object);
            for (table, asked) in tables.into_iter().flatten() {
                for key in list(asked.get("Keys").unwrap_or(&Value::Null)) {
                    items.push(item(table, action, Some(&key)));
                }
                for write in list(asked) {
                    let key = write
                        .pointer("/PutRequest/Item")
                        .or_else(|| write.pointer("/DeleteRequest/Key"));
                    items.push(item(table, action, key));
                }
            }
        }
        "TransactGetItems" | "TransactWriteItems" => {
            for part in list(request.get("TransactItems").unwrap_or(&Value::Null)) {
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
                items.push(Item { index, ..item(table, action, key_of(&request)) });
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

/// The partition key up to and with its `#`.
fn leading_key(tables: &[DeclaredTable], table: &str, key: &Value) -> Option<String> {
    let table = tables.iter().find(|declared| declared.name == table)?;
    let value = key.get(table.partition_key())?.get("S")?.as_str()?;
    let end = value.find('#').map_or(value.len(), |position| position + 1);
    value.get(..end).map(str::to_owned)
}

/// The answer to one call too many.
pub(super) fn throttled() -> Reply {
    error(
        StatusCode::BAD_REQUEST,
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded.",
    )
}

/// The answer where another transaction has the (first) item.
pub(super) fn conflict(action: &str, body: &[u8]) -> Reply {
    if !action.starts_with("Transact") {
        let message = "Transaction is ongoing for the item";
        return error(StatusCode::BAD_REQUEST, "TransactionConflictException", message);
    }
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let count = request.get("TransactItems").and_then(Value::as_array).map_or(1, Vec::len).max(1);
    let mut codes = vec!["None"; count];
    if let Some(first) = codes.first_mut() {
        *first = "TransactionConflict";
    }
    let reasons: Vec<Value> = codes
        .iter()
        .map(|code| match *code {
            "None" => json!({ "Code": "None" }),
            code => json!({ "Code": code, "Message": "Transaction is ongoing for the item" }),
        })
        .collect();
    Reply::json(
        StatusCode::BAD_REQUEST,
        JSON,
        &json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": format!(
                "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                codes.join(", ")
            ),
            "CancellationReasons": reasons,
        }),
    )
}

fn error(status: StatusCode, kind: &str, message: &str) -> Reply {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
    Reply::json(status, JSON, &json!({ "__type": kind, "message": message }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template;

    fn named(action: &str, request: &Value) -> Vec<(String, Option<String>, Option<String>)> {
        let template = template::tests_only_with_table("tokens");
        items(&template, action, request.to_string().as_bytes())
            .into_iter()
            .map(|item| (format!("{} {}", item.action, item.table), item.index, item.key))
            .collect()
    }

    #[test]
    fn the_items_of_a_call_are_named_by_the_prefix_of_their_key() {
        let key = |pk: &str| json!({ "pk": { "S": pk } });

        assert_eq!(
            named("GetItem", &json!({ "TableName": "tokens", "Key": key("link#abc") })),
            [("GetItem tokens".to_owned(), None, Some("link#".to_owned()))]
        );
        assert_eq!(
            named("Query", &json!({ "TableName": "tokens", "IndexName": "outbox" })),
            [("Query tokens".to_owned(), Some("outbox".to_owned()), None)]
        );
        assert_eq!(
            named(
                "TransactWriteItems",
                &json!({ "TransactItems": [
                    { "Put": { "TableName": "tokens", "Item": key("session#a.b") } },
                    { "ConditionCheck": { "TableName": "tokens", "Key": key("throttle#a#b#c") } },
                ] })
            ),
            [
                ("PutItem tokens".to_owned(), None, Some("session#".to_owned())),
                ("ConditionCheckItem tokens".to_owned(), None, Some("throttle#".to_owned())),
            ]
        );
        assert_eq!(
            named(
                "BatchGetItem",
                &json!({ "RequestItems": { "tokens": { "Keys": [key("link#a"), key("none")] } } })
            ),
            [
                ("BatchGetItem tokens".to_owned(), None, Some("link#".to_owned())),
                ("BatchGetItem tokens".to_owned(), None, Some("none".to_owned())),
            ]
        );
        assert_eq!(named("ListTables", &json!({})), []);
    }

    #[test]
    fn units_of_tables_and_of_indexes_are_told_apart() {
        let consumed = json!([
            {
                "TableName": "a",
                "CapacityUnits": 5.0,
                "Table": { "CapacityUnits": 4.0 },
                "GlobalSecondaryIndexes": { "x": { "CapacityUnits": 1.0 } },
            },
            { "TableName": "b", "CapacityUnits": 2.0, "Table": { "CapacityUnits": 2.0 } },
        ]);

        assert_eq!(
            units("TransactWriteItems", &consumed),
            Units { write: 6.0, index_write: 1.0, ..Units::default() }
        );
        assert_eq!(
            units("TransactGetItems", &consumed),
            Units { read: 6.0, index_read: 1.0, ..Units::default() }
        );
        assert_eq!(units("GetItem", &Value::Null), Units::default());
    }

    #[test]
    fn what_the_caller_did_not_ask_for_is_taken_out() {
        let metered = Metered::of(b"{\"TableName\":\"a\"}").unwrap();
        assert!(metered.body.windows(7).any(|part| part == b"INDEXES"));

        let answer = Bytes::from(r#"{"Item":{},"ConsumedCapacity":{"Table":{"CapacityUnits":1.0}}}"#);
        let (answer, units) = metered.read("GetItem", answer);

        assert_eq!(answer, "{\"Item\":{}}");
        assert!((units.read - 1.0).abs() < f64::EPSILON);
        assert!(Metered::of(b"{\"ReturnConsumedCapacity\":\"TOTAL\"}").unwrap().caller_asked);
        assert!(Metered::of(b"{\"ReturnConsumedCapacity\":1}").is_none());
    }

    #[test]
    fn a_conflict_is_told_for_the_first_item_of_a_transaction() {
        let reply = conflict("TransactWriteItems", b"{\"TransactItems\":[{},{}]}");

        assert_eq!(reply.status(), 400);
        assert_eq!(reply.error().unwrap(), "TransactionCanceledException");
        assert_eq!(conflict("PutItem", b"{}").error().unwrap(), "TransactionConflictException");
        assert_eq!(throttled().error().unwrap(), "ProvisionedThroughputExceededException");
    }
}
