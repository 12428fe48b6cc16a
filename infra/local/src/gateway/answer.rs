//! Turns a function's answer into an HTTP response.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The response for a function's answer; `None` if API Gateway could not use the answer.
pub(super) fn to_response(returned: &RawValue) -> Option<Response> {
    let value: Value = serde_json::from_str(returned.get()).ok()?;
    if value.get("statusCode").is_none() {
        return Some(inferred(&value));
    }
    let answer: Answer = serde_json::from_value(value).ok()?;
    let body = answer.body.unwrap_or_default();
    let body =
        if answer.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into_bytes() };
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers.unwrap_or_default() {
        headers.insert(header_name(&name)?, header_value(&value)?);
    }
    for (name, values) in answer.multi_value_headers.unwrap_or_default() {
        let name = header_name(&name)?;
        headers.remove(&name);
        for value in values {
            headers.append(name.clone(), header_value(&value)?);
        }
    }
    // These headers belong to the connection, so the function cannot set them.
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    for cookie in answer.cookies.unwrap_or_default() {
        headers.append(SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
    }
    if !body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    }
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    *response.headers_mut() = headers;
    Some(response)
}

/// An answer without a status code is the body of a 200.
fn inferred(value: &Value) -> Response {
    let body = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn header_name(name: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).ok()
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return None,
    };
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use serde_json::value::to_raw_value;

    fn response(returned: &Value) -> Option<Response> {
        to_response(&to_raw_value(returned).unwrap())
    }

    async fn body(response: Response) -> Vec<u8> {
        axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn status_headers_cookies_and_body_are_sent() {
        let response = response(&json!({
            "statusCode": 201,
            "headers": {
                "Content-Length": "999",
                "Content-Type": "text/html",
                "X-Number": 3,
                "x-many": "one",
            },
            "multiValueHeaders": { "X-Many": ["one", "two"] },
            "cookies": ["a=1; Path=/", "b=2"],
            "body": "w6k=",
            "isBase64Encoded": true,
        }))
        .unwrap();

        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["content-type"], "text/html");
        assert_eq!(response.headers()["x-number"], "3");
        assert!(!response.headers().contains_key("content-length"));
        let many: Vec<_> = response.headers().get_all("x-many").iter().collect();
        assert_eq!(many, ["one", "two"]);
        let cookies: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; Path=/", "b=2"]);
        assert_eq!(body(response).await, "é".as_bytes());
    }

    #[tokio::test]
    async fn an_answer_without_a_status_code_is_the_body() {
        let response = response(&json!({ "a": 1 })).unwrap();

        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(body(response).await, b"{\"a\":1}");
    }

    #[test]
    fn an_unusable_answer_is_none() {
        for returned in [
            json!({ "statusCode": "many" }),
            json!({ "statusCode": 99 }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "headers": { "a": "\n" } }),
            json!({ "statusCode": 200, "body": "!", "isBase64Encoded": true }),
        ] {
            assert!(response(&returned).is_none(), "{returned}");
        }
    }
}
