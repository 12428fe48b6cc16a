//! What carries a request to AWS and brings the answer.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// A signed request. Its URI has scheme and host.
pub type Request = http::Request<Bytes>;

/// An extension of a request: no connection that was made before it carries it. Something between
/// may have forgotten those without closing them, as a NAT gateway does after 350 s.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh;

/// An answer, whole.
pub type Response = http::Response<Bytes>;

/// Carries requests.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends `request` and waits for the whole answer.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>>;

    /// Connects to the origin of `endpoint` in advance, if that is possible.
    fn connect(&self, endpoint: &http::Uri) {
        let _ = endpoint;
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// There was no connection, so that nothing was sent.
    #[error("no connection")]
    Unconnected(#[source] Box<dyn Error + Send + Sync>),
    /// The connection broke. The request may have arrived.
    #[error("the connection broke")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
}
