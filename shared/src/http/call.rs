//! An HTTP request, read from API Gateway's event.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use jiff::SignedDuration;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::HeaderValue;

use super::gateway_event::{GatewayEvent, first};
use super::{cookies, quality};
use crate::audit::Trail;
use crate::config::Config;
use crate::domain::{DeviceKind, Language};
use crate::error::{self, Error};

/// The longest part of a `User-Agent` header that is kept.
const MAX_USER_AGENT_CHARS: usize = 200;

/// An HTTP request, read from API Gateway's event.
///
/// Each part is read on its own: other headers, cookies and parameters may contain anything.
#[derive(Debug)]
pub struct Call {
    event: GatewayEvent,
    config: Arc<Config>,
    user_agent: String,
    trail: OnceLock<Trail>,
}

/// The request of an operation, parsed from the call before the operation runs.
pub trait FromCall: Sized + Send + 'static {
    /// Parses the request.
    ///
    /// # Errors
    ///
    /// The problem of the call.
    fn parse(call: &Call) -> Result<Self, Error>;
}

impl FromCall for () {
    fn parse(_: &Call) -> Result<Self, Error> {
        Ok(())
    }
}

/// The caller that IAM has identified: a system of the agency.
#[derive(Clone, Debug)]
pub struct Caller(String);

impl Caller {
    /// The ARN of the caller's user or role session.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.0
    }
}

impl Call {
    /// The call in `event`.
    pub(super) fn new(event: GatewayEvent, config: Arc<Config>) -> Self {
        let (user_agent, trail) = (String::new(), OnceLock::new());
        let mut call = Self { event, config, user_agent, trail };
        let user_agent = call.header("user-agent").unwrap_or_default().trim();
        let shown = user_agent.chars().filter(|c| !c.is_control());
        call.user_agent = shown.take(MAX_USER_AGENT_CHARS).collect();
        call
    }

    /// The operation's configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The bytes of the body; `None` if the event announces Base64 that cannot be decoded.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        self.event.body.as_deref()
    }

    /// The language that the caller prefers.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::preferred(quality::ranges(self.header("accept-language").unwrap_or_default()))
    }

    /// The method, in upper case.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.event.method
    }

    /// The path, decoded.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.event.path
    }

    /// The first value of the query parameter `name`.
    #[must_use]
    pub fn query_parameter(&self, name: &str) -> Option<String> {
        self.event.query.find(name)
    }

    /// The path parameter `name`, decoded.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> String {
        first(&self.event.path_parameters, name).unwrap_or_default().to_owned()
    }

    /// The value of the cookie `name`. Our values are ASCII: a value with other characters counts
    /// as absent. Of two cookies with this name, the first counts.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookies::find(&self.event.cookies, name)
    }

    /// The value of the header `name`, in any case. It may contain any character. Cookies are not
    /// among the headers.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.event.headers.iter();
        headers.find_map(|(own, value)| own.eq_ignore_ascii_case(name).then_some(value.as_str()))
    }

    /// The access token in the `Authorization` header.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The `User-Agent` header: at most 200 characters, without control characters.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// The kind of device that the `User-Agent` header names.
    #[must_use]
    pub fn device_kind(&self) -> DeviceKind {
        DeviceKind::of(self.user_agent())
    }

    /// The source of the call, from API Gateway or a trusted proxy: an IPv4 address, or the /64 of
    /// an IPv6 address, because one customer usually has a whole /64.
    #[must_use]
    pub fn source(&self) -> String {
        let seen = &self.event.source_ip;
        match self.viewer().map_or_else(|| seen.parse(), Ok) {
            Ok(IpAddr::V6(address)) => {
                if let Some(address) = address.to_ipv4_mapped() {
                    return address.to_string();
                }
                let network = address.to_bits() & !u128::from(u64::MAX);
                format!("{}/64", Ipv6Addr::from_bits(network))
            }
            Ok(IpAddr::V4(address)) => address.to_string(),
            Err(_) => seen.clone(),
        }
    }

    /// The audit trail of the call. Every use of this method returns the same trail.
    #[must_use]
    pub fn trail(&self) -> Trail {
        self.trail.get_or_init(|| Trail::from(self.source())).clone()
    }

    /// The caller that IAM has identified.
    ///
    /// # Errors
    ///
    /// `forbidden` if API Gateway did not ask IAM, because the route must be protected.
    pub(super) fn caller(&self) -> Result<Caller, Error> {
        self.event.caller_arn.clone().map(Caller).ok_or(Error::Forbidden)
    }

    /// The data of the call for its answer and the log. `invocation` is Lambda's id, used when API
    /// Gateway gave none.
    pub(super) fn about(&self, invocation: &str) -> About {
        About {
            language: self.language(),
            request_id: [&self.event.request_id, invocation]
                .into_iter()
                .find_map(|id| HeaderValue::from_str(id).ok().filter(|id| !id.is_empty())),
            route: self.event.route.clone(),
        }
    }
}

/// The data of a call for its answer and the log.
pub(super) struct About {
    pub(super) language: Language,
    /// The id of the request, in the log and in the answer.
    pub(super) request_id: Option<HeaderValue>,
    route: String,
}

impl About {
    /// Logs one line per request, without anything that the caller sent.
    pub(super) fn log(&self, response: &ApiGatewayV2httpResponse, took: SignedDuration) {
        tracing::info!(
            request.id = self.request_id(),
            request.route = self.route,
            response.status = response.status_code,
            duration_ms = took.as_secs_f64() * 1000.0,
            "answered"
        );
    }

    pub(super) fn log_failure(&self, error: &Error) {
        tracing::error!(request.id = self.request_id(), error = error::chain(error), "failed");
    }

    fn request_id(&self) -> &str {
        self.request_id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::value::to_raw_value;
    use serde_json::{Map, Value, json};

    use super::*;

    fn configured(variables: &[(&str, &str)]) -> Arc<Config> {
        let names = ["TENANTS_TABLE", "TOKENS_TABLE", "ISSUER", "AUDIENCE", "TERMS_VERSION"];
        let needed = names.map(|name| (name, "x"));
        let all = needed.iter().chain(variables);
        let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Arc::new(Config::read(&all).unwrap())
    }

    fn read(event: &Value, config: Arc<Config>) -> Call {
        Call::new(GatewayEvent::read(&to_raw_value(event).unwrap()).unwrap(), config)
    }

    pub(crate) fn call(headers: &[(&str, &str)]) -> Call {
        let headers: Map<_, _> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        read(&json!({ "headers": headers }), configured(&[]))
    }

    #[test]
    fn a_header_is_found_in_any_case_and_may_contain_anything() {
        let call = call(&[("X-Name", "Zo\u{e9}\u{0}\n"), ("AUTHORIZATION", "bearer  a.b.c ")]);

        assert_eq!(call.header("x-name"), Some("Zo\u{e9}\u{0}\n"));
        assert_eq!(call.header("X-NAME"), Some("Zo\u{e9}\u{0}\n"));
        assert_eq!(call.header("x-other"), None);
        assert_eq!(call.bearer(), Some("a.b.c"));
    }

    #[test]
    fn a_user_agent_is_cut_and_has_no_control_characters() {
        let long = "\u{e9}".repeat(300);
        for (sent, kept) in [
            ("", ""),
            ("Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"),
            (" a\r\nb\u{1b}[0m\u{85}\u{7f} ", "ab[0m"),
            (&long, &"\u{e9}".repeat(200)),
        ] {
            assert_eq!(call(&[("User-Agent", sent)]).user_agent(), kept);
        }
    }

    #[test]
    fn a_body_is_text_or_base64() {
        let body = |event: Value| {
            let call = read(&event, configured(&[]));
            call.body(5).map(<[u8]>::to_vec).map_err(|error| error.code())
        };

        assert_eq!(body(json!({ "body": "d\u{e9}j" })), Ok("d\u{e9}j".into()));
        assert_eq!(body(json!({ "body": "/w==", "isBase64Encoded": true })), Ok(vec![0xff]));
        assert_eq!(body(json!({ "body": "/w==", "isBase64Encoded": 1 })), Ok("/w==".into()));
        assert_eq!(body(json!({ "isBase64Encoded": true })), Ok(Vec::new()));
        assert_eq!(body(json!({ "body": 7 })), Ok(Vec::new()));
        for malformed in ["/w=", "/w", "!", "\u{e9}", " /w=="] {
            let event = json!({ "body": malformed, "isBase64Encoded": true });
            assert_eq!(body(event), Err("malformed_body"), "{malformed}");
        }
        assert_eq!(body(json!({ "body": "123456" })), Err("payload_too_large"));
    }

    #[test]
    fn the_first_value_of_a_parameter_counts() {
        for (event, expected) in [
            (json!({ "rawQueryString": "a=1&a=2&b=3" }), Some("1")),
            (
                json!({ "rawQueryString": "%ZZ&=&&\"<>\\^{}| \u{e9}=&a=x+y%20z%C3%A9" }),
                Some("x y z\u{e9}"),
            ),
            (json!({ "rawQueryString": "a" }), Some("")),
            (json!({ "rawQueryString": "b=a" }), None),
            (json!({ "rawQueryString": "", "queryStringParameters": { "a": "1" } }), Some("1")),
            (json!({ "queryStringParameters": { "b": 1, "a": "1" } }), Some("1")),
            (json!({ "rawQueryString": 3, "queryStringParameters": [] }), None),
        ] {
            let call = read(&event, configured(&[]));
            assert_eq!(call.query_parameter("a").as_deref(), expected, "{event}");
        }
    }

    #[test]
    fn the_source_is_an_address_or_the_network_of_one() {
        for (seen, source) in [
            ("203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("unknown", "unknown"),
        ] {
            let event = json!({
                "requestContext": { "http": { "sourceIp": seen } },
                "headers": {
                    "x-forwarded-for": "198.51.100.1",
                    "x-proxy-secret": "",
                    "cloudfront-viewer-address": "198.51.100.2:443",
                },
            });
            assert_eq!(read(&event, configured(&[])).source(), source);
        }
    }

    #[test]
    fn the_source_is_taken_only_from_a_proxy_that_sends_the_secret() {
        let config = configured(&[("TRUSTED_PROXY_SECRET", "s3cret")]);
        let source = |headers: Value| {
            let http = json!({ "http": { "sourceIp": "203.0.113.9" } });
            read(&json!({ "requestContext": http, "headers": headers }), config.clone()).source()
        };
        let viewer = "2001:db8:1:2:3:4:5:6:46532";

        let shown = json!({ "X-Proxy-Secret": "s3cret", "CloudFront-Viewer-Address": viewer });
        assert_eq!(source(shown), "2001:db8:1:2::/64");
        for headers in [
            json!({ "cloudfront-viewer-address": viewer }),
            json!({ "x-proxy-secret": "s3cre", "cloudfront-viewer-address": viewer }),
            json!({ "x-proxy-secret": "", "cloudfront-viewer-address": viewer }),
            json!({ "x-proxy-secret": "s3cret", "cloudfront-viewer-address": "unknown" }),
            json!({ "x-proxy-secret": "s3cret", "x-forwarded-for": "198.51.100.2" }),
        ] {
            assert_eq!(source(headers.clone()), "203.0.113.9", "{headers}");
        }
    }

    #[test]
    fn a_call_past_a_proxy_that_is_demanded_is_refused() {
        let check = |variables: &[(&str, &str)], headers: Value| {
            read(&json!({ "headers": headers }), configured(variables)).check_proxy().is_ok()
        };
        let secret = ("TRUSTED_PROXY_SECRET", "new,old");
        let only = ("TRUSTED_PROXY_ONLY", "true");

        for shown in ["new", "old"] {
            assert!(check(&[secret, only], json!({ "X-Proxy-Secret": shown })), "{shown}");
        }
        for headers in [
            json!({}),
            json!({ "x-proxy-secret": "" }),
            json!({ "x-proxy-secret": "newer" }),
            json!({ "x-proxy-secret": "new,old" }),
            json!({ "cloudfront-viewer-address": "203.0.113.9:443" }),
        ] {
            assert!(!check(&[secret, only], headers.clone()), "{headers}");
            assert!(check(&[secret], headers.clone()), "{headers}");
            assert!(check(&[], headers.clone()), "{headers}");
        }
    }

    #[test]
    fn the_debug_output_has_nothing_from_the_event_but_its_route() {
        let event = json!({ "body": "b0dy", "cookies": ["c=00kie"], "headers": { "h": "s3cret" } });
        let call = read(&event, configured(&[("TRUSTED_PROXY_SECRET", "s3cret")]));

        let shown = format!("{call:?}");

        assert!(!shown.contains("b0dy") && !shown.contains("00kie") && !shown.contains("s3cret"));
    }
}
