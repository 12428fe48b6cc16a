//! Finds the invocation that a call to AWS or a line of the log belongs to.
//!
//! Locally all functions share one process. So the task of an invocation carries a number, which is
//! sent with each of its calls.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// The header with the number. It is added after the call is signed.
pub(crate) const HEADER: &str = "x-local-invocation";

static NEXT: AtomicU64 = AtomicU64::new(1);

tokio::task_local! {
    static PRESENT: u64;
}

/// A new number, unique in this process.
pub(crate) fn next() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Runs `work` as part of the invocation `number`.
pub async fn scope<F: Future>(number: u64, work: F) -> F::Output {
    PRESENT.scope(number, work).await
}

/// The number of the present task's invocation, if it has one.
#[must_use]
pub fn present() -> Option<u64> {
    PRESENT.try_with(|number| *number).ok()
}

/// `client`, which adds the header to its calls.
pub(crate) fn tell(client: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Telling(client))
}

#[derive(Debug)]
struct Telling<T>(T);

impl HttpClient for Telling<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Telling(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for Telling<SharedHttpConnector> {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        if let Some(number) = present() {
            request.headers_mut().insert(HEADER, number.to_string());
        }
        self.0.call(request)
    }
}
