//! The reply of an operation, and the response made from it.

use cookie::Cookie;
use lambda_http::Body;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::call::About;
use super::problem;
use crate::domain::Language;
use crate::error::Error;

/// The reply of an operation that succeeds.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    body: Vec<u8>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cookies: Vec<String>,
}

impl Reply {
    /// 200, with `body` as JSON.
    ///
    /// # Errors
    ///
    /// `unavailable`, if `body` cannot be written as JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, Error> {
        Self::json(StatusCode::OK, body)
    }

    /// 202, with `body` as JSON.
    ///
    /// # Errors
    ///
    /// `unavailable`, if `body` cannot be written as JSON.
    pub fn accepted_as(body: &impl Serialize) -> Result<Self, Error> {
        Self::json(StatusCode::ACCEPTED, body)
    }

    /// 202 without a body.
    #[must_use]
    pub fn accepted() -> Self {
        Self::empty(StatusCode::ACCEPTED)
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// 200, with a page or a file as `body`.
    #[must_use]
    pub fn content(media_type: &'static str, body: Vec<u8>) -> Self {
        Self::of(StatusCode::OK, media_type, body)
    }

    /// 303, to `path`.
    #[must_use]
    pub fn see_other(path: &str) -> Self {
        Self::empty(StatusCode::SEE_OTHER).with_header("location", path)
    }

    /// 304: the caller's copy is current.
    #[must_use]
    pub fn not_modified() -> Self {
        Self::empty(StatusCode::NOT_MODIFIED)
    }

    /// Answers 404 with this content.
    #[must_use]
    pub fn as_not_found(mut self) -> Self {
        self.status = StatusCode::NOT_FOUND;
        self
    }

    /// Adds a header. `name` must be in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// Adds a cookie.
    #[must_use]
    pub fn with_cookie(mut self, cookie: &Cookie<'_>) -> Self {
        // A value that cannot be a header would make API Gateway fail the whole answer.
        let cookie = cookie.to_string();
        if HeaderValue::from_str(&cookie).is_ok() {
            self.cookies.push(cookie);
        }
        self
    }

    /// Allows any cache to keep the reply for `seconds`.
    #[must_use]
    pub fn cached_for(mut self, seconds: u32) -> Self {
        if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
            self.headers.push((CACHE_CONTROL, value));
        }
        self
    }

    /// Offers the reply as a download called `name`.
    #[must_use]
    pub fn as_download(mut self, name: &'static str) -> Self {
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
            self.headers.push((CONTENT_DISPOSITION, value));
        }
        self
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Unavailable(error.into()))?;
        Ok(Self::of(status, "application/json", body))
    }

    fn of(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Self {
        let media_type = (CONTENT_TYPE, HeaderValue::from_static(media_type));
        Self { status, body, headers: vec![media_type], cookies: Vec::new() }
    }

    fn empty(status: StatusCode) -> Self {
        Self { status, body: Vec::new(), headers: Vec::new(), cookies: Vec::new() }
    }
}

/// The security headers of every response. A page has more, and a stricter policy.
const SECURITY_HEADERS: [(&str, &str); 3] = [
    ("content-security-policy", "frame-ancestors 'none'"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
];

/// The response for `result`, in payload format 2.0: the reply, or the problem (RFC 9457) in the
/// caller's language.
pub(super) fn respond(result: Result<Reply, Error>, about: &About) -> ApiGatewayV2httpResponse {
    let reply = result.unwrap_or_else(|error| {
        if let Error::Unavailable(_) = error {
            about.log_failure(&error);
        }
        problem(&error, about.language)
    });
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(id) = &about.request_id {
        headers.insert("x-request-id", id.clone());
    }
    for (name, value) in reply.headers {
        headers.insert(name, value);
    }
    let body = text_or_bytes(reply.body, headers.contains_key(CONTENT_ENCODING));
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = reply.status.as_u16().into();
    response.headers = headers;
    response.cookies = reply.cookies;
    response.is_base64_encoded = matches!(body, Body::Binary(_));
    response.body = Some(body);
    response
}

/// A body that is compressed or not UTF-8 is sent in Base64.
fn text_or_bytes(body: Vec<u8>, is_compressed: bool) -> Body {
    if is_compressed {
        return Body::Binary(body);
    }
    String::from_utf8(body).map_or_else(|error| Body::Binary(error.into_bytes()), Body::Text)
}

fn problem(error: &Error, language: Language) -> Reply {
    let body = problem::body(error, language);
    let status = StatusCode::from_u16(problem::status(error.problem()));
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = Reply::of(status, "application/problem+json", body.to_string().into_bytes())
        .with_header("content-language", language.tag());
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110, 15.5.2: a 401 must name a way to authenticate.
        reply.headers.push((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    }
    if let Some(seconds) = error.retry_after_s() {
        reply.headers.push((RETRY_AFTER, HeaderValue::from(seconds)));
    }
    reply
}
