//! `DynamoDB`: passes calls to the embedded engine and records their cost.

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use super::reply::Reply;
use super::requests::Units;
use crate::engine::Engine;

const JSON: &str = "application/x-amz-json-1.0";

/// The actions that can return their cost.
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

/// Lets the engine answer a call.
pub(crate) async fn forward(engine: &Engine, action: &str, parts: &Parts, body: &Bytes) -> Reply {
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
            // The body is changed, so the engine's checksum and length no longer apply.
            headers.remove("x-amz-crc32");
            metered.read(action, answer)
        }
        _ => (answer, Units::default()),
    };
    headers.remove(header::CONTENT_LENGTH);
    Reply::new(parts.status, headers, answer, units)
}

/// A request that asks for its cost, and whether its caller asked for it, too.
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
            // The engine refuses an invalid value.
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

/// The answer to a call that the function's policies do not allow.
pub(crate) fn denied(message: &str) -> Reply {
    let kind = "com.amazon.coral.service#AccessDeniedException";
    Reply::json(StatusCode::BAD_REQUEST, JSON, &json!({ "__type": kind, "Message": message }))
}

/// The answer to a throttled call.
pub(crate) fn throttled() -> Reply {
    error(
        StatusCode::BAD_REQUEST,
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded.",
    )
}

/// The answer to a call of `count` items, of which those at `conflicts` are being written by
/// others.
pub(crate) fn conflict(action: &str, count: usize, conflicts: &[usize]) -> Reply {
    if !action.starts_with("Transact") {
        let message = "Transaction is ongoing for the item";
        return error(StatusCode::BAD_REQUEST, "TransactionConflictException", message);
    }
    let code = |position| {
        if conflicts.contains(&position) { "TransactionConflict" } else { "None" }
    };
    let codes: Vec<&str> = (0..count.max(1)).map(code).collect();
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
    use axum::body::to_bytes;
    use axum::response::IntoResponse;

    use super::*;

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
    fn costs_that_the_caller_did_not_ask_for_are_removed() {
        let metered = Metered::of(b"{\"TableName\":\"a\"}").unwrap();
        assert!(metered.body.windows(7).any(|part| part == b"INDEXES"));

        let answer =
            Bytes::from(r#"{"Item":{},"ConsumedCapacity":{"Table":{"CapacityUnits":1.0}}}"#);
        let (answer, units) = metered.read("GetItem", answer);

        assert_eq!(answer, "{\"Item\":{}}");
        assert!((units.read - 1.0).abs() < f64::EPSILON);
        assert!(Metered::of(b"{\"ReturnConsumedCapacity\":\"TOTAL\"}").unwrap().caller_asked);
        assert!(Metered::of(b"{\"ReturnConsumedCapacity\":1}").is_none());
    }

    #[tokio::test]
    async fn a_cancelled_transaction_names_the_items_with_a_conflict() {
        let reply = conflict("TransactWriteItems", 3, &[0, 2]);

        assert_eq!(reply.status(), 400);
        assert_eq!(reply.error().unwrap(), "TransactionCanceledException");
        let body = to_bytes(reply.into_response().into_body(), usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let codes: Vec<&Value> = body["CancellationReasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| &reason["Code"])
            .collect();
        assert_eq!(codes, ["TransactionConflict", "None", "TransactionConflict"]);
        assert!(
            body["Message"]
                .as_str()
                .unwrap()
                .ends_with("[TransactionConflict, None, TransactionConflict]")
        );
        assert_eq!(conflict("PutItem", 1, &[0]).error().unwrap(), "TransactionConflictException");
        assert_eq!(throttled().error().unwrap(), "ProvisionedThroughputExceededException");
    }
}
