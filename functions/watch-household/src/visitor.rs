//! A visitor of the portal: calls its public address, as a tenant's browser does.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderName, USER_AGENT};
use http::{HeaderValue, Method, Response};
use serde_json::Value;
use shared::aws::{Connections, Transport, TransportError};

use crate::failure::Failure;

/// Sends requests to the portal. Redirects are not followed.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    connections: Connections,
    /// The address of the portal, without a slash at its end.
    portal: String,
}

/// An answer with the status that it should have.
#[derive(Debug)]
pub(crate) struct Answer {
    path: &'static str,
    response: Response<Bytes>,
    json: Value,
}

impl Visitor {
    pub(crate) fn of(portal: String) -> Self {
        Self { connections: Connections::to_the_web(), portal }
    }

    /// Reads the page at `path`.
    pub(crate) async fn read(&self, path: &'static str) -> Result<Answer, Failure> {
        self.call(Method::GET, path, None, None, 200).await
    }

    /// Reads `path` with an access token.
    pub(crate) async fn read_as(&self, path: &'static str, token: &str) -> Result<Answer, Failure> {
        let bearer = (AUTHORIZATION, format!("Bearer {token}"));
        self.call(Method::GET, path, None, Some(bearer), 200).await
    }

    /// Posts `body` to `path`, whose answer has the status `expected`.
    pub(crate) async fn post(
        &self,
        path: &'static str,
        body: &Value,
        cookie: Option<&str>,
        expected: u16,
    ) -> Result<Answer, Failure> {
        let cookie = cookie.map(|cookie| (COOKIE, cookie.to_owned()));
        self.call(Method::POST, path, Some(body), cookie, expected).await
    }

    async fn call(
        &self,
        method: Method,
        path: &'static str,
        body: Option<&Value>,
        header: Option<(HeaderName, String)>,
        expected: u16,
    ) -> Result<Answer, Failure> {
        let request = self.request(method, path, body, header);
        let request = request.map_err(|_| Failure::Wrong { path, what: "no such address" })?;
        let sent = match self.connections.send(request.clone()).await {
            // Nothing was sent. One packet that is lost is no failure of the portal.
            Err(TransportError::Unconnected(_)) => self.connections.send(request).await,
            sent => sent,
        };
        let response = sent.map_err(|source| Failure::Unanswered { path, source })?;
        let status = response.status().as_u16();
        let json: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if status != expected {
            let code = json.get("code").and_then(Value::as_str).unwrap_or("without a code");
            let code = code.to_owned();
            return Err(Failure::Answered { path, status, code });
        }
        Ok(Answer { path, response, json })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        header: Option<(HeaderName, String)>,
    ) -> Result<http::Request<Bytes>, http::Error> {
        let uri: http::Uri = format!("{}{path}", self.portal).parse()?;
        let host = uri.authority().map_or("", |authority| authority.as_str()).to_owned();
        let mut request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header(HOST, host)
            // Firewalls refuse who does not say this.
            .header(USER_AGENT, HeaderValue::from_static("espace-locataire watch-household"));
        if body.is_some() {
            request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        request.body(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default())
    }
}

impl Answer {
    /// The text of the member `name`.
    pub(crate) fn text(&self, name: &'static str) -> Result<&str, Failure> {
        let text = self.json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or(Failure::Wrong { path: self.path, what: "an answer of another form" })
    }

    /// Fails unless the member `name` is `expected`.
    pub(crate) fn expect(&self, name: &'static str, expected: &str) -> Result<(), Failure> {
        let is = self.text(name)? == expected;
        is.then_some(()).ok_or(Failure::Wrong { path: self.path, what: "another household" })
    }

    /// Every cookie of the answer, as a browser sends them back.
    pub(crate) fn cookies(&self) -> String {
        let set = self.response.headers().get_all(http::header::SET_COOKIE).into_iter();
        let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }
}
