//! How requests travel to the identity provider: over connections of ours, for a few seconds.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::HeaderValue;
use http::header::HOST;
use jiff::Timestamp;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::aws::{Connections, Transport, TransportError};

/// How long the provider has for one answer. A sign-in asks it three times at most.
const PATIENCE: Duration = Duration::from_secs(3);

/// Sends requests to the identity provider. Redirects are not followed.
#[derive(Clone, Debug)]
pub(super) struct Web(Connections);

/// Why the provider has not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebError {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("no answer in time")]
    Late,
    #[error("{0}")]
    Unexpected(&'static str),
}

impl Web {
    pub(super) fn new() -> Self {
        Self(Connections::to_the_web())
    }
}

impl<'c> AsyncHttpClient<'c> for Web {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, WebError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut request = request.map(Bytes::from);
            let host = request.uri().authority().map(http::uri::Authority::as_str);
            let host = host.and_then(|host| HeaderValue::from_str(host).ok());
            let host = host.ok_or(WebError::Unexpected("an address without a host"))?;
            request.headers_mut().insert(HOST, host);
            let answer = tokio::time::timeout(PATIENCE, self.0.send(request)).await;
            Ok(answer.map_err(|_| WebError::Late)??.map(|body| body.to_vec()))
        })
    }
}

/// `time`, as the crate wants it.
pub(super) fn at(time: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(time.as_second(), 0).unwrap_or_default()
}
