//! Answers of the API, each checked against the OpenAPI document.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::RequestBuilder;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::document::{self, Asked};
#[cfg(not(feature = "deployed"))]
use crate::secrecy;
use crate::{Answer, answers, echo};

impl Answer {
    /// The answer of the API to `request`, after checking both against the document.
    pub(crate) async fn of_api(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let media_type = header("content-type").unwrap_or_default();
        let asked = Asked {
            method: request.method().clone(),
            path: request.url().path().to_owned(),
            media_type: media_type.split(';').next().unwrap_or_default().trim().to_lowercase(),
            body: request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec(),
        };
        let (url, headers) = (request.url().clone(), request.headers().clone());
        let answer = Self::of(RequestBuilder::from_parts(client, request)).await;
        answers::keep(document::check(&asked, &answer));
        echo::expect_none(&url, &headers, &asked.body, &answer);
        #[cfg(not(feature = "deployed"))]
        secrecy::note(&url, &headers, &asked.body, &answer);
        answer
    }

    /// The HTTP answer in the result of invoking `function` with `event`; the result itself for a
    /// function without HTTP.
    pub(crate) fn of_event(self, function: &str, event: &Value) -> Self {
        let returned = &self.json;
        let Some(status) = returned["statusCode"].as_u64() else {
            if self.header("x-amz-function-error").is_empty() {
                answers::keep_event(function);
            }
            return self;
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let decoded = |value: &Value, is_base64: &Value| match is_base64.as_bool() {
            Some(true) => BASE64_STANDARD.decode(text(value)).unwrap_or_default(),
            _ => text(value).into_bytes(),
        };
        let headers = returned["headers"].as_object().into_iter().flatten();
        let headers = headers.filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::from_str(value.as_str()?).ok()?))
        });
        let body = decoded(&returned["body"], &returned["isBase64Encoded"]);
        let body = String::from_utf8_lossy(&body).into_owned();
        let answer = Self {
            status: u16::try_from(status).ok().and_then(|it| it.try_into().ok()).expect("a status"),
            headers: headers.collect(),
            json: serde_json::from_str(&body).unwrap_or_default(),
            body,
        };
        let http = &event["requestContext"]["http"];
        let media_type = text(&event["headers"]["content-type"]);
        let asked = Asked {
            method: text(&http["method"]).parse().expect("a method"),
            path: text(&event["rawPath"]),
            media_type: media_type.split(';').next().unwrap_or_default().to_owned(),
            body: decoded(&event["body"], &event["isBase64Encoded"]),
        };
        answers::keep(document::check(&asked, &answer));
        self
    }
}
