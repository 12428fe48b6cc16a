//! An answer of the portal.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

/// An answer of the portal, with its body read to the end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
    /// The body as JSON; null if it is not JSON.
    pub json: Value,
}

impl Answer {
    /// The answer to `request`, which is not a request to the API.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.text().await.expect("a body");
        let json = serde_json::from_str(&body).unwrap_or_default();
        Self { status, headers, body, json }
    }

    /// Checks the status and returns the answer.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// Checks that the answer is this problem (RFC 9457).
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect_status(status);
        let problem = &answer.json;
        assert_eq!(problem["code"], code, "{}", answer.body);
        assert_eq!(problem["type"], format!("urn:problem:{code}"));
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.header("x-request-id").is_empty());
        answer
    }

    /// Checks that the answer has exactly these faults, each a field and a code.
    #[track_caller]
    pub fn expect_faults(self, faults: &[(&str, &str)]) -> Self {
        let answer = self.expect_problem(422, "invalid_fields");
        let errors = answer.json["errors"].as_array().cloned().unwrap_or_default();
        let text = |error: &Value, key: &str| error[key].as_str().unwrap_or_default().to_owned();
        let told: Vec<_> =
            errors.iter().map(|error| (text(error, "field"), text(error, "code"))).collect();
        let expected: Vec<_> = faults.iter().map(|(f, c)| ((*f).into(), (*c).into())).collect();
        assert_eq!(told, expected, "{}", answer.body);
        assert!(errors.iter().all(|error| !text(error, "message").is_empty()));
        answer
    }

    /// The value of a header; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The header that sets the cookie `name`; empty if there is none.
    #[must_use]
    pub fn set_cookie(&self, name: &str) -> String {
        let all = self.headers.get_all("set-cookie").iter();
        let ours = all.filter_map(|value| value.to_str().ok());
        let mut ours = ours.filter(|value| value.starts_with(&format!("{name}=")));
        ours.next().unwrap_or_default().to_owned()
    }
}
