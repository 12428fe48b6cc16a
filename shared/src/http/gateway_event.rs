//! API Gateway's event for an HTTP request, in payload format 2.0.
//!
//! Strangers decide what most of an event contains, so nothing in it may fail an invocation. A
//! member that is missing or has a wrong type is absent. Other members do not change what we read.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::value::RawValue;

use super::lenient::Members;

/// The parts of an event that we read.
#[derive(Default)]
pub(super) struct GatewayEvent {
    /// The method, in upper case.
    pub(super) method: String,
    /// The path, decoded.
    pub(super) path: String,
    pub(super) query: Query,
    /// The parameters of the path, decoded.
    pub(super) path_parameters: Vec<(String, String)>,
    /// The headers, without the cookies.
    pub(super) headers: Vec<(String, String)>,
    /// The cookies. Each text has one or several pairs.
    pub(super) cookies: Vec<String>,
    /// The body; `None` if it is announced as Base64 but is not.
    pub(super) body: Option<Vec<u8>>,
    /// The caller's address, as API Gateway saw it.
    pub(super) source_ip: String,
    /// API Gateway's id of the request.
    pub(super) request_id: String,
    /// The route, such as `GET /api/account`.
    pub(super) route: String,
    /// The ARN of the user or role session that signed the request, if API Gateway asked IAM.
    pub(super) caller_arn: Option<String>,
}

pub(super) enum Query {
    /// The query as it was sent.
    Raw(String),
    /// The parsed query, from emulators that leave out the raw one.
    Read(Vec<(String, String)>),
}

/// The event is not a JSON object.
#[derive(Debug, thiserror::Error)]
#[error("the event is not a JSON object")]
pub(super) struct NotAnObject;

impl GatewayEvent {
    /// Reads the event in `payload`.
    pub(super) fn read(payload: &RawValue) -> Result<Self, NotAnObject> {
        let event = Members::of(payload).ok_or(NotAnObject)?;
        let context = event.object("requestContext");
        let http = context.object("http");
        let mut headers = event.object("headers").into_texts();
        let mut cookies = event.texts("cookies");
        // Emulators leave the cookies among the headers.
        for (_, value) in headers.extract_if(.., |(name, _)| name.eq_ignore_ascii_case("cookie")) {
            cookies.push(value);
        }
        let path = event.text("rawPath").or_else(|| http.text("path"));
        let route = context.text("routeKey").or_else(|| event.text("routeKey"));
        Ok(Self {
            method: http.text("method").unwrap_or_default().to_ascii_uppercase(),
            path: path.unwrap_or_default(),
            query: Query::read(&event),
            path_parameters: event.object("pathParameters").into_texts(),
            headers,
            cookies,
            body: body(&event),
            source_ip: http.text("sourceIp").unwrap_or_default(),
            request_id: context.text("requestId").unwrap_or_default(),
            route: route.unwrap_or_default(),
            caller_arn: context.object("authorizer").object("iam").text("userArn"),
        })
    }
}

/// Shows only the route, because the rest is personal data.
impl fmt::Debug for GatewayEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayEvent").field("route", &self.route).finish_non_exhaustive()
    }
}

impl Query {
    fn read(event: &Members<'_>) -> Self {
        match event.text("rawQueryString").filter(|query| !query.is_empty()) {
            Some(query) => Self::Raw(query),
            None => Self::Read(event.object("queryStringParameters").into_texts()),
        }
    }

    /// The first value of the parameter `name`.
    pub(super) fn find(&self, name: &str) -> Option<String> {
        match self {
            Self::Raw(query) => form_urlencoded::parse(query.as_bytes())
                .find_map(|(own, value)| (own == name).then(|| value.into_owned())),
            Self::Read(parameters) => first(parameters, name).map(str::to_owned),
        }
    }
}

impl Default for Query {
    fn default() -> Self {
        Self::Read(Vec::new())
    }
}

/// The first text with exactly this name.
pub(super) fn first<'a>(texts: &'a [(String, String)], name: &str) -> Option<&'a str> {
    texts.iter().find_map(|(own, value)| (own == name).then_some(value.as_str()))
}

fn body(event: &Members<'_>) -> Option<Vec<u8>> {
    let text = event.text("body").unwrap_or_default();
    if event.find("isBase64Encoded").unwrap_or(false) {
        BASE64_STANDARD.decode(text).ok()
    } else {
        Some(text.into_bytes())
    }
}
