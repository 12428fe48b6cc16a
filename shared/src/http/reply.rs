//! What an operation answers.

use cookie::Cookie;
use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE,
};
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::json;

use super::call::About;
use super::problem;
use crate::domain::Language;
use crate::error::Error;

/// What an operation answers when it succeeds.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    body: Option<Vec<u8>>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Reply {
    /// 200, with `body` as JSON.
    ///
    /// # Errors
    ///
    /// `unavailable`, when `body` has no JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, Error> {
        Self::json(StatusCode::OK, body)
    }

    /// 202, with `body` as JSON.
    ///
    /// # Errors
    ///
    /// `unavailable`, when `body` has no JSON.
    pub fn accepted_as(body: &impl Serialize) -> Result<Self, Error> {
        Self::json(StatusCode::ACCEPTED, body)
    }

    /// 202: it will be seen to.
    #[must_use]
    pub fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, body: None, headers: Vec::new() }
    }

    /// 204: it is done.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, headers: Vec::new() }
    }

    /// 200, with `body` as it is: a page, a file.
    #[must_use]
    pub fn content(media_type: &'static str, body: Vec<u8>) -> Self {
        let media_type = (CONTENT_TYPE, HeaderValue::from_static(media_type));
        Self { status: StatusCode::OK, body: Some(body), headers: vec![media_type] }
    }

    /// 303: what was asked for is at `path`.
    #[must_use]
    pub fn see_other(path: &str) -> Self {
        Self { status: StatusCode::SEE_OTHER, body: None, headers: Vec::new() }
            .with_header("location", path)
    }

    /// 304: the caller has it already.
    #[must_use]
    pub fn not_modified() -> Self {
        Self { status: StatusCode::NOT_MODIFIED, body: None, headers: Vec::new() }
    }

    /// And is all there is to say of what is not there: 404.
    #[must_use]
    pub fn as_not_found(mut self) -> Self {
        self.status = StatusCode::NOT_FOUND;
        self
    }

    /// And says `value` under `name`, in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// And sets `cookie`.
    #[must_use]
    pub fn with_cookie(mut self, cookie: &Cookie<'_>) -> Self {
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            self.headers.push((SET_COOKIE, value));
        }
        self
    }

    /// And may be kept by any cache for `seconds`.
    #[must_use]
    pub fn cached_for(mut self, seconds: u32) -> Self {
        if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
            self.headers.push((CACHE_CONTROL, value));
        }
        self
    }

    /// And is offered as a file called `name`.
    #[must_use]
    pub fn as_download(mut self, name: &'static str) -> Self {
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
            self.headers.push((CONTENT_DISPOSITION, value));
        }
        self
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Unavailable(error.into()))?;
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Self { status, body: Some(body), headers: vec![json] })
    }
}

/// The response that `result` makes: the reply, or the problem (RFC 9457) in the caller's language.
pub(super) fn respond(result: Result<Reply, Error>, about: &About) -> Response<Body> {
    let reply = result.unwrap_or_else(|error| {
        if let Error::Unavailable(_) = error {
            about.log_failure(&error);
        }
        problem(&error, about.language)
    });
    let body = reply.body.map_or(Body::Empty, |body| match String::from_utf8(body) {
        Ok(text) => Body::Text(text),
        Err(error) => Body::Binary(error.into_bytes()),
    });
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&about.request_id) {
        headers.insert("x-request-id", id);
    }
    for (name, value) in reply.headers {
        if name == SET_COOKIE {
            headers.append(name, value);
        } else {
            headers.insert(name, value);
        }
    }
    response
}

fn problem(error: &Error, language: Language) -> Reply {
    let mut body = json!({
        "type": format!("urn:problem:{}", error.code()),
        "title": problem::title(error, language),
        "status": problem::status(error),
        "detail": problem::detail(error, language),
        "code": error.code(),
    });
    if let (Error::InvalidFields(faults), Some(body)) = (error, body.as_object_mut()) {
        let faults = faults.iter().map(|fault| {
            json!({
                "field": fault.field,
                "code": fault.code.code(),
                "message": problem::message(fault.code, language),
            })
        });
        body.insert("errors".to_owned(), faults.collect());
    }
    let mut headers = vec![
        (CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
        (HeaderName::from_static("content-language"), HeaderValue::from_static(language.tag())),
    ];
    if problem::status(error) == 401 {
        // RFC 9110, 15.5.2: a 401 says how one may authenticate.
        headers.push((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    }
    if let Some(seconds) = error.retry_after_s() {
        headers.push((RETRY_AFTER, HeaderValue::from(seconds)));
    }
    Reply {
        status: StatusCode::from_u16(problem::status(error))
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        body: Some(body.to_string().into_bytes()),
        headers,
    }
}
