//! An HTTP request as API Gateway hands it over.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use jiff::SignedDuration;
use lambda_http::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN, USER_AGENT};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, Response};

use super::cookies::find_cookie;
use super::form::Form;
use crate::config::Config;
use crate::domain::Language;
use crate::error::{self, Error};

/// The largest body, in bytes, the agency's imports excepted.
const MAX_BODY: usize = 16 * 1024;

/// An HTTP request as API Gateway hands it over.
#[derive(Debug)]
pub struct Call {
    request: Request,
    config: Arc<Config>,
}

/// What an operation is asked, read from the call before anything is done.
pub trait FromCall: Sized + Send + 'static {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// What is wrong with the call.
    fn parse(call: &Call) -> Result<Self, Error>;
}

impl FromCall for () {
    fn parse(_: &Call) -> Result<Self, Error> {
        Ok(())
    }
}

/// Who calls, as IAM knows them: a system of the agency's.
#[derive(Clone, Debug)]
pub struct Caller(String);

impl Caller {
    /// The ARN of its user or role session.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.0
    }
}

impl Call {
    /// The call in `request`.
    #[must_use]
    pub fn new(request: Request, config: Arc<Config>) -> Self {
        Self { request, config }
    }

    /// What the operation is configured with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The fields of its JSON body.
    ///
    /// # Errors
    ///
    /// `unsupported_media_type`, `payload_too_large`, `malformed_body`.
    pub fn form(&self) -> Result<Form, Error> {
        if self.media_type() != "application/json" {
            return Err(Error::UnsupportedMediaType);
        }
        Form::read(self.body(MAX_BODY)?)
    }

    /// The type of its body, without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> String {
        let value = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Its body.
    ///
    /// # Errors
    ///
    /// `payload_too_large` over `max` bytes.
    pub fn body(&self, max: usize) -> Result<&[u8], Error> {
        let body: &[u8] = match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        if body.len() > max { Err(Error::PayloadTooLarge) } else { Ok(body) }
    }

    /// The language it wants to be answered in.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::preferred(self.header("accept-language").unwrap_or_default())
    }

    /// Its method, in upper case.
    #[must_use]
    pub fn method(&self) -> &str {
        self.request.method().as_str()
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.request.uri().path()
    }

    /// The parameter `name` after its path.
    #[must_use]
    pub fn query_parameter(&self, name: &str) -> Option<String> {
        self.request.query_string_parameters().first(name).map(str::to_owned)
    }

    /// The parameter `name` of its path.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> String {
        let parameters = self.request.path_parameters();
        parameters.first(name).unwrap_or_default().to_owned()
    }

    /// The value of its cookie `name`.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        find_cookie(self.header(COOKIE.as_str())?, name)
    }

    /// The value of its header `name`, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// The access token in its `Authorization` header.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(AUTHORIZATION.as_str())?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// What the browser calls itself.
    #[must_use]
    pub fn user_agent(&self) -> &str {
        self.header(USER_AGENT.as_str()).unwrap_or_default()
    }

    /// Where it comes from, as API Gateway saw it: an IPv4 address, or the /64 of an IPv6 one, for
    /// whoever has one of those has them all.
    #[must_use]
    pub fn source(&self) -> String {
        let seen = self.gateway().and_then(|gateway| gateway.http.source_ip.clone());
        let seen = seen.unwrap_or_default();
        match seen.parse() {
            Ok(IpAddr::V6(address)) => {
                if let Some(address) = address.to_ipv4_mapped() {
                    return address.to_string();
                }
                let network = address.to_bits() & !u128::from(u64::MAX);
                format!("{}/64", Ipv6Addr::from_bits(network))
            }
            _ => seen,
        }
    }

    /// Who calls, where API Gateway asked IAM.
    ///
    /// # Errors
    ///
    /// `forbidden` where it did not: the route must be protected.
    pub fn caller(&self) -> Result<Caller, Error> {
        let iam = self
            .gateway()
            .and_then(|gateway| gateway.authorizer.as_ref())
            .and_then(|authorizer| authorizer.iam.as_ref())
            .and_then(|iam| iam.user_arn.clone());
        iam.map(Caller).ok_or(Error::Forbidden)
    }

    /// Checks that a page of ours sent it: what acts on a cookie alone must not be sent by others.
    ///
    /// # Errors
    ///
    /// `forbidden`.
    pub fn check_same_origin(&self) -> Result<(), Error> {
        let same = match (self.header("sec-fetch-site"), self.header(ORIGIN.as_str())) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => {
                let host = self.header(HOST.as_str()).unwrap_or_default();
                let (_, authority) = origin.split_once("://").unwrap_or_default();
                !authority.is_empty() && authority.eq_ignore_ascii_case(host)
            }
            (None, None) => false,
        };
        if same { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// What is said of it in its answer and in the log.
    pub(super) fn about(&self) -> About {
        let gateway = self.gateway();
        About {
            language: self.language(),
            request_id: gateway.and_then(|gateway| gateway.request_id.clone()).unwrap_or_default(),
            route: gateway.and_then(|gateway| gateway.route_key.clone()).unwrap_or_default(),
        }
    }

    fn gateway(
        &self,
    ) -> Option<&lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext> {
        match self.request.request_context_ref()? {
            RequestContext::ApiGatewayV2(context) => Some(context),
            _ => None,
        }
    }
}

/// What is said of a call in its answer and in the log.
pub(super) struct About {
    pub(super) language: Language,
    pub(super) request_id: String,
    route: String,
}

impl About {
    /// One line per request: nothing of what was sent.
    pub(super) fn log(&self, response: &Response<Body>, took: SignedDuration) {
        tracing::info!(
            request.id = self.request_id,
            request.route = self.route,
            response.status = response.status().as_u16(),
            duration_ms = took.as_secs_f64() * 1000.0,
            "answered"
        );
    }

    pub(super) fn log_failure(&self, error: &Error) {
        tracing::error!(request.id = self.request_id, error = error::chain(error), "failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(headers: &[(&str, &str)]) -> Call {
        let mut request = lambda_http::http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let names = ["TENANTS_TABLE", "TOKENS_TABLE", "ISSUER", "AUDIENCE", "TERMS_VERSION"];
        let variables = names.map(|name| (name.to_owned(), "x".to_owned())).into_iter().collect();
        let config = Arc::new(Config::read(&variables).unwrap());
        Call::new(request.body(Body::Empty).unwrap(), config)
    }

    #[test]
    fn only_a_page_of_ours_is_of_the_same_origin() {
        let host = ("host", "locataire.example");
        for (headers, same) in [
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("origin", "https://locataire.example")], true),
            (vec![host, ("sec-fetch-site", "same-site")], false),
            (vec![host, ("sec-fetch-site", "none")], false),
            (
                vec![
                    host,
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://locataire.example"),
                ],
                false,
            ),
            (vec![host, ("origin", "https://other.example")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host], false),
        ] {
            assert_eq!(call(&headers).check_same_origin().is_ok(), same, "{headers:?}");
        }
    }
}
