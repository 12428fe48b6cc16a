//! Finds the invocation that a call to AWS or a line of the log belongs to.
//!
//! Locally all functions share one process. So the task of an invocation carries a number, which is
//! sent with each of its calls.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use shared::aws::{Connections, Request, Response, Transport, TransportError};

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

/// Does `work`, which does not wait, as part of the invocation `number`.
pub(crate) fn within<T>(number: u64, work: impl FnOnce() -> T) -> T {
    PRESENT.sync_scope(number, work)
}

/// The number of the present task's invocation, if it has one.
#[must_use]
pub fn present() -> Option<u64> {
    PRESENT.try_with(|number| *number).ok()
}

/// Connections that add the header to their calls.
#[derive(Debug)]
pub(crate) struct Telling(pub(crate) Connections);

impl Transport for Telling {
    fn send(&self, mut request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        if let Some(number) = present() {
            request.headers_mut().insert(HEADER, number.into());
        }
        self.0.send(request)
    }
}
