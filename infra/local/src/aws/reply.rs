//! A reply of a service.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::requests::Units;

/// The reply of a service.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// The cost of the call.
    pub(crate) units: Units,
}

impl Reply {
    /// A reply with this body.
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: Bytes, units: Units) -> Self {
        Self { status, headers, body, units }
    }

    /// A JSON reply in the protocol of `content_type`.
    pub(crate) fn json(status: StatusCode, content_type: &'static str, body: &Value) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Ok(id) = HeaderValue::from_str(&crate::ids::request_id()) {
            headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
        }
        Self::new(status, headers, Bytes::from(body.to_string()), Units::default())
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    pub(crate) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The kind of error, if the reply is one.
    pub(crate) fn error(&self) -> Option<String> {
        if self.status.is_success() {
            return None;
        }
        if let Some(kind) = self.headers.get("x-amzn-errortype") {
            return kind.to_str().ok().map(str::to_owned);
        }
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let kind = body.get("__type")?.as_str()?;
        Some(kind.rsplit('#').next().unwrap_or(kind).to_owned())
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// AWS's answer to an unknown operation.
pub(crate) fn unknown_operation() -> Reply {
    Reply::json(
        StatusCode::BAD_REQUEST,
        "application/x-amz-json-1.0",
        &json!({ "__type": "com.amazon.coral.service#UnknownOperationException" }),
    )
}
