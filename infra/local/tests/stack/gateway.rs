//! Requests that API Gateway lets through but HTTP clients cannot send. Written to a socket.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Stack, start};

/// A connection to the portal.
struct Connection(TcpStream);

impl Connection {
    async fn open(stack: &Stack) -> Self {
        let address = stack.address().strip_prefix("http://").unwrap();
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Sends a request and returns the function's event.
    async fn event_of(&mut self, request: &[u8]) -> Value {
        self.0.write_all(request).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

fn get(query: &[u8]) -> Vec<u8> {
    [b"GET /echo/this?", query, b" HTTP/1.1\r\nHost: localhost\r\n\r\n"].concat()
}

#[tokio::test]
async fn a_query_reaches_its_function_unchanged() {
    let stack = start().await;
    let mut connection = Connection::open(&stack).await;

    for (query, raw, x) in [
        (&b"x=\"<>{}|\\^`"[..], "x=\"<>{}|\\^`", "\"<>{}|\\^`"),
        (b"x=a b", "x=a b", "a b"),
        (b"x=%22\"", "x=%22\"", "\"\""),
        ("x=é".as_bytes(), "x=é", "é"),
        (b"x=\xe9", "x=\u{fffd}", "\u{fffd}"),
        ("x=\u{F0022}\"".as_bytes(), "x=\u{F0022}\"", "\u{F0022}\""),
        (b"x=plain", "x=plain", "plain"),
    ] {
        let event = connection.event_of(&get(query)).await;
        assert_eq!(event["rawQueryString"], raw);
        assert_eq!(event["queryStringParameters"], json!({ "x": x }));
        assert_eq!(event["rawPath"], "/echo/this");
    }
}

#[tokio::test]
async fn a_body_is_not_altered_and_the_connection_goes_on() {
    let stack = start().await;
    let mut connection = Connection::open(&stack).await;
    let body = "{\"a\":\n\"GET /b?\\\" HTTP/1.1\r\n\"}\n";
    let head = "POST /echo/this?x=\" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";

    let sized = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let chunked = format!(
        "{head}\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );

    for request in [sized, chunked] {
        let event = connection.event_of(request.as_bytes()).await;
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(body), &json!(false)));
        assert_eq!(event["rawQueryString"], "x=\"");
        let event = connection.event_of(&get(b"y=<")).await;
        assert_eq!(event["rawQueryString"], "y=<");
        assert!(event.get("body").is_none());
    }
}

#[tokio::test]
async fn headers_with_any_bytes_reach_their_function() {
    let stack = start().await;
    let mut connection = Connection::open(&stack).await;

    let event = connection
        .event_of(
            b"GET /echo/this HTTP/1.1\r\nHost: localhost\r\n\
              X-Name: \xc3\xa9\r\nX-Name: \xe9\r\nCookie: a=1; b=\"\xe9\"\r\nCookie: c=3\r\n\r\n",
        )
        .await;

    assert_eq!(event["headers"]["x-name"], "é,\u{fffd}");
    assert_eq!(event["cookies"], json!(["a=1", "b=\"\u{fffd}\"", "c=3"]));
}
