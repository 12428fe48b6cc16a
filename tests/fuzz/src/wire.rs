//! The connections to AWS of an execution: Secrets Manager, SES, and the tables.
//!
//! The tables answer from rows in memory, in DynamoDB's own JSON. An input replaces rows and
//! answers by its own, so what the functions read of an answer is fuzzed as well.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use shared::aws::{Request, Response, Transport, TransportError};
use shared::store::replay::Rows;

/// After so many calls of one execution, none is answered: answers that say "there is more" would
/// be followed for ever.
const MOST_CALLS: usize = 200;

/// A table and a key.
pub type Place = (String, String);

/// The connections.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rows: Arc<BTreeMap<Place, Value>>,
    own: BTreeMap<Place, Value>,
    answers: VecDeque<Value>,
    ses: Option<Value>,
    calls: usize,
    mails: Vec<Value>,
}

impl Wire {
    /// What the tables have, beneath what an input brings.
    pub fn hold(&self, rows: &Rows) {
        let rows = rows.iter().map(|(key, row)| {
            let place = (key.table().to_owned(), key.pk().to_owned());
            (place, written_all(row.attributes()))
        });
        self.state().rows = Arc::new(rows.collect());
    }

    /// Begins an execution, with the rows, the answers of the tables and that of SES in `input`.
    pub fn begin(&self, input: &Value) {
        let mut state = self.state();
        state.own = input["rows"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(place, row)| {
                let (table, pk) = place.split_once('/')?;
                Some(((table.to_owned(), pk.to_owned()), row.clone()))
            })
            .collect();
        state.answers = input["answers"].as_array().into_iter().flatten().cloned().collect();
        state.ses = input.get("ses").cloned();
        state.calls = 0;
        state.mails.clear();
    }

    /// The mails of the execution.
    pub fn take_mails(&self) -> Vec<Value> {
        std::mem::take(&mut self.state().mails)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let answer = self.state().answer(&request);
        Box::pin(std::future::ready(answer))
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Result<Response, TransportError> {
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let target = target.unwrap_or_default();
        if target.starts_with("secretsmanager") {
            let previous = body["VersionStage"] == "AWSPREVIOUS";
            let secret = "a secret that is long enough for every key of the fuzzing";
            return Ok(if previous {
                response(400, &json!({ "__type": "ResourceNotFoundException" }))
            } else {
                response(200, &json!({ "Name": "secret", "SecretString": secret }))
            });
        }
        self.calls += 1;
        if self.calls > MOST_CALLS {
            return Err(TransportError::Broken("too many calls".into()));
        }
        if request.uri().path().contains("outbound-emails") {
            self.mails.push(body);
            return match self.ses.clone() {
                None => Ok(response(200, &json!({ "MessageId": "1" }))),
                Some(own) => given(&own, &Value::Null),
            };
        }
        let action = target.rsplit_once('.').map_or("", |(_, action)| action);
        match self.answers.pop_front() {
            None | Some(Value::Null) => Ok(response(200, &self.usual(action, &body))),
            Some(own) => given(&own, &body),
        }
    }

    /// The answer of a table that has these rows, and keeps nothing.
    fn usual(&self, action: &str, body: &Value) -> Value {
        match action {
            "GetItem" => match self.row(&body["TableName"], &body["Key"]) {
                Some(row) => json!({ "Item": row }),
                None => json!({}),
            },
            "BatchGetItem" => {
                let tables = body["RequestItems"].as_object().into_iter().flatten();
                let found = tables.map(|(table, asked)| {
                    let keys = asked["Keys"].as_array().into_iter().flatten();
                    let name = json!(table);
                    let rows: Vec<Value> = keys.filter_map(|key| self.row(&name, key)).collect();
                    (table.clone(), json!(rows))
                });
                json!({ "Responses": found.collect::<Map<_, _>>(), "UnprocessedKeys": {} })
            }
            "Query" => {
                let hash = hash_of(body);
                let mut rows: Vec<Value> = Vec::new();
                let kept = self.rows.iter().filter(|(place, _)| !self.own.contains_key(*place));
                for (place, row) in kept.chain(&self.own) {
                    let is_its = hash.as_ref().is_some_and(|(name, is)| row.get(name) == Some(is));
                    if is_its && body["TableName"] == place.0.as_str() {
                        rows.push(row.clone());
                    }
                }
                json!({ "Items": rows, "Count": rows.len() })
            }
            "UpdateItem" => match self.row(&body["TableName"], &body["Key"]) {
                Some(row) => json!({ "Attributes": row }),
                None => json!({ "Attributes": { "count": { "N": "1" } } }),
            },
            _ => json!({}),
        }
    }

    fn row(&self, table: &Value, key: &Value) -> Option<Value> {
        let place = (table.as_str()?.to_owned(), key["pk"]["S"].as_str()?.to_owned());
        let row = self.own.get(&place).or_else(|| self.rows.get(&place))?;
        Some(row.clone()).filter(|row| !row.is_null())
    }
}

/// The hash of the index that a query asks for: its name and value.
fn hash_of(body: &Value) -> Option<(String, Value)> {
    let (name, value) = body["KeyConditionExpression"].as_str()?.split_once(" = ")?;
    let value = value.split(' ').next()?.trim_matches(['(', ')']);
    let name = name.trim_matches(['(', ')', ' ']);
    let name = body["ExpressionAttributeNames"].get(name).and_then(Value::as_str).unwrap_or(name);
    Some((name.to_owned(), body["ExpressionAttributeValues"].get(value)?.clone()))
}

/// An answer that an input brings: the name of a failure, or a status with a body.
fn given(own: &Value, asked: &Value) -> Result<Response, TransportError> {
    let problem = |status, name: &str| Ok(response(status, &json!({ "__type": name })));
    if let Some(name) = own.as_str() {
        return match name {
            "failed" => Ok(failed(asked)),
            "conflict" => Ok(cancelled(asked, "TransactionConflict")),
            "throttled" => problem(400, "ProvisionedThroughputExceededException"),
            "down" => problem(503, "ServiceUnavailable"),
            "unconnected" => Err(TransportError::Unconnected("no connection".into())),
            "broken" => Err(TransportError::Broken("the connection broke".into())),
            name => problem(400, name),
        };
    }
    let status = own["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.filter(|status| StatusCode::from_u16(*status).is_ok()).unwrap_or(200);
    match &own["body"] {
        Value::String(text) => Ok(raw(status, text.clone().into())),
        body => Ok(response(status, body)),
    }
}

fn failed(asked: &Value) -> Response {
    if asked.get("TransactItems").is_some() {
        return cancelled(asked, "ConditionalCheckFailed");
    }
    response(400, &json!({ "__type": "ConditionalCheckFailedException" }))
}

fn cancelled(asked: &Value, reason: &str) -> Response {
    let many = asked["TransactItems"].as_array().map_or(1, Vec::len);
    let reasons: Vec<Value> = (0..many).map(|_| json!({ "Code": reason })).collect();
    let body = json!({ "__type": "TransactionCanceledException", "CancellationReasons": reasons });
    response(400, &body)
}

fn response(status: u16, body: &Value) -> Response {
    raw(status, body.to_string().into())
}

fn raw(status: u16, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn written_all(item: &HashMap<String, AttributeValue>) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), written(value))).collect())
}

/// A value in the JSON of `DynamoDB`.
fn written(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(is) => json!({ "BOOL": is }),
        AttributeValue::M(map) => json!({ "M": written_all(map) }),
        AttributeValue::L(items) => json!({ "L": items.iter().map(written).collect::<Vec<_>>() }),
        AttributeValue::Null(is) => json!({ "NULL": is }),
        AttributeValue::B(bytes) => json!({ "B": BASE64_STANDARD.encode(bytes) }),
        other => panic!("no attribute of ours is {other:?}"),
    }
}
