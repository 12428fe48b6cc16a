//! The event for a function, in API Gateway's payload format 2.0.

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::arn::ACCOUNT;
use crate::route::{Taken, decoded};
use crate::signature::Signature;
use crate::verbatim::as_it_came;

/// The data that API Gateway adds to a request.
pub(super) struct Circumstances<'a> {
    pub(super) request_id: &'a str,
    pub(super) peer: SocketAddr,
    pub(super) now: Timestamp,
    pub(super) taken: &'a Taken<'a>,
    /// The signature, on a route that IAM protects.
    pub(super) signature: Option<&'a Signature>,
}

/// The event for a request.
pub(super) fn of_request(parts: &Parts, body: &[u8], about: &Circumstances<'_>) -> Value {
    let source = source(&parts.headers, about.peer);
    let query = as_it_came(parts.uri.query().unwrap_or_default());
    let path = decoded(&as_it_came(parts.uri.path()));
    let host = text(&parts.headers, &header::HOST);
    let mut event = json!({
        "version": "2.0",
        "routeKey": about.taken.route.key(),
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, about),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host.split(':').next(),
            "domainPrefix": host.split(['.', ':']).next(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source.to_string(),
                "userAgent": text(&parts.headers, &header::USER_AGENT),
            },
            "requestId": about.request_id,
            "routeKey": about.taken.route.key(),
            "stage": "$default",
            "time": about.now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": about.now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    let Some(map) = event.as_object_mut() else {
        return event;
    };
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        map.insert("cookies".to_owned(), json!(cookies));
    }
    if !query.is_empty() {
        map.insert("queryStringParameters".to_owned(), json!(query_parameters(&query)));
    }
    if !about.taken.parameters.is_empty() {
        let parameters: BTreeMap<_, _> = about.taken.parameters.iter().cloned().collect();
        map.insert("pathParameters".to_owned(), json!(parameters));
    }
    if let Some(signature) = about.signature
        && let Some(context) = map.get_mut("requestContext").and_then(Value::as_object_mut)
    {
        context.insert("authorizer".to_owned(), json!({ "iam": iam(signature) }));
    }
    if !body.is_empty() {
        let (body, encoded) = encode_body(&text(&parts.headers, &header::CONTENT_TYPE), body);
        map.insert("body".to_owned(), Value::String(body));
        map.insert("isBase64Encoded".to_owned(), Value::Bool(encoded));
    }
    event
}

/// The source of the request. Only the local stack trusts `X-Forwarded-For`, so that tests can have
/// many sources.
fn source(headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
    forwarded(headers)
        .and_then(|addresses| addresses.split(',').next()?.trim().parse().ok())
        .unwrap_or_else(|| peer.ip())
}

fn forwarded(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-forwarded-for").and_then(|value| value.to_str().ok())
}

fn headers(headers: &HeaderMap, about: &Circumstances<'_>) -> Map<String, Value> {
    let mut result = Map::new();
    for name in headers.keys().filter(|name| *name != header::COOKIE) {
        result.insert(name.as_str().to_owned(), Value::String(text(headers, name)));
    }
    let peer = about.peer.ip();
    let forwarded =
        forwarded(headers).map_or_else(|| peer.to_string(), |before| format!("{before}, {peer}"));
    result.insert("x-forwarded-for".to_owned(), Value::String(forwarded));
    result.insert("x-forwarded-proto".to_owned(), Value::String("http".to_owned()));
    let host = text(headers, &header::HOST);
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    result.insert("x-forwarded-port".to_owned(), Value::String(port.to_owned()));
    result
        .insert("x-amzn-trace-id".to_owned(), Value::String(format!("Root={}", about.request_id)));
    result
}

/// Every value of the header, joined by commas.
fn text(headers: &HeaderMap, name: &header::HeaderName) -> String {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(",")
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            value.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>()
        })
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

fn iam(signature: &Signature) -> Value {
    let key = &signature.access_key;
    json!({
        "accessKey": key,
        "accountId": ACCOUNT,
        "callerId": key,
        "cognitoIdentity": null,
        "principalOrgId": null,
        "userArn": format!("arn:aws:iam::{ACCOUNT}:user/{key}"),
        "userId": key,
    })
}

/// The body for the event, and whether it is in Base64.
pub(super) fn encode_body(content_type: &str, body: &[u8]) -> (String, bool) {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = media_type.starts_with("text/")
        || matches!(
            media_type.as_str(),
            "application/json" | "application/xml" | "application/javascript"
        );
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (text.to_owned(), false),
        _ => (STANDARD.encode(body), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::{self, Route};
    use axum::http::Request;

    fn event(request: Request<&[u8]>, key: Option<&str>) -> Value {
        let routes = [
            Route::parse("ANY", "$default", "any", false).unwrap(),
            Route::parse("POST", "/leases/{lease}", "any", true).unwrap(),
        ];
        let (parts, body) = request.into_parts();
        let taken = route::take(&routes, parts.method.as_str(), parts.uri.path()).unwrap();
        let signature = key.map(|key| Signature { access_key: key.to_owned() });
        let about = Circumstances {
            request_id: "request-1",
            peer: "127.0.0.1:5000".parse().unwrap(),
            now: "2026-03-12T19:03:58.25Z".parse().unwrap(),
            taken: &taken,
            signature: signature.as_ref(),
        };
        of_request(&parts, body, &about)
    }

    #[test]
    fn the_event_has_payload_format_2() {
        let request = Request::post("/leases/L%20004?a=1&b=x%20y&a=2")
            .header("Host", "127.0.0.1:3000")
            .header("Content-Type", "application/json; charset=utf-8")
            .header("User-Agent", "tests")
            .header("X-Forwarded-For", "203.0.113.9, 10.0.0.1")
            .header("X-Twice", "one")
            .header("X-Twice", "two")
            .header("Cookie", "a=1; b=2")
            .header("Cookie", "c=3")
            .body(&b"{\"lease\":\"\xc3\xa9\"}"[..])
            .unwrap();

        assert_eq!(
            event(request, Some("agency")),
            json!({
                "version": "2.0",
                "routeKey": "POST /leases/{lease}",
                "rawPath": "/leases/L 004",
                "rawQueryString": "a=1&b=x%20y&a=2",
                "cookies": ["a=1", "b=2", "c=3"],
                "headers": {
                    "content-type": "application/json; charset=utf-8",
                    "host": "127.0.0.1:3000",
                    "user-agent": "tests",
                    "x-amzn-trace-id": "Root=request-1",
                    "x-forwarded-for": "203.0.113.9, 10.0.0.1, 127.0.0.1",
                    "x-forwarded-port": "3000",
                    "x-forwarded-proto": "http",
                    "x-twice": "one,two",
                },
                "queryStringParameters": { "a": "1,2", "b": "x y" },
                "pathParameters": { "lease": "L 004" },
                "requestContext": {
                    "accountId": "000000000000",
                    "apiId": "local",
                    "authorizer": { "iam": {
                        "accessKey": "agency",
                        "accountId": "000000000000",
                        "callerId": "agency",
                        "cognitoIdentity": null,
                        "principalOrgId": null,
                        "userArn": "arn:aws:iam::000000000000:user/agency",
                        "userId": "agency",
                    } },
                    "domainName": "127.0.0.1",
                    "domainPrefix": "127",
                    "http": {
                        "method": "POST",
                        "path": "/leases/L 004",
                        "protocol": "HTTP/1.1",
                        "sourceIp": "203.0.113.9",
                        "userAgent": "tests",
                    },
                    "requestId": "request-1",
                    "routeKey": "POST /leases/{lease}",
                    "stage": "$default",
                    "time": "12/Mar/2026:19:03:58 +0000",
                    "timeEpoch": 1_773_342_238_250_i64,
                },
                "body": "{\"lease\":\"é\"}",
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn missing_parts_of_a_request_are_left_out() {
        let event = event(Request::get("/").body(&b""[..]).unwrap(), None);

        for name in ["cookies", "queryStringParameters", "pathParameters", "body"] {
            assert!(event.get(name).is_none(), "{name}");
        }
        assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
        assert_eq!(event["routeKey"], "$default");
    }

    #[test]
    fn a_binary_body_is_in_base64() {
        for (content_type, body, expected) in [
            ("text/csv", &b"a,b"[..], ("a,b", false)),
            ("application/xml", b"<a/>", ("<a/>", false)),
            ("Application/JSON;charset=utf-8", b"{}", ("{}", false)),
            ("application/javascript", b"1", ("1", false)),
            ("application/x-ndjson", b"{}", ("e30=", true)),
            ("application/x-www-form-urlencoded", b"a=1", ("YT0x", true)),
            ("", b"a", ("YQ==", true)),
            ("text/plain", b"\xff", ("/w==", true)),
        ] {
            assert_eq!(encode_body(content_type, body), (expected.0.to_owned(), expected.1));
        }
    }

    #[test]
    fn a_source_that_is_not_an_address_is_ignored() {
        let request =
            Request::get("/").header("X-Forwarded-For", "unknown").body(&b""[..]).unwrap();

        assert_eq!(event(request, None)["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    }
}
