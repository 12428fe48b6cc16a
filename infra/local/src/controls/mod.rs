//! Controls that AWS does not have, under `/_local`: a mailbox, a clock to move, faults to inject,
//! streams that deliver twice, a count of unsent mails. Also Lambda's Invoke.

mod clock;
mod faults;
mod fields;
mod invoke;
mod mails;
mod openid;
mod page;
mod problem;
mod rows;
mod schedules;
mod streams;
mod unsent;

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post};

use crate::gateway;
use crate::machine::Machine;
use crate::openid::PATH;
use problem::Problem;

/// The local controls, and the HTTP API for every other path.
pub(crate) fn router(machine: Arc<Machine>) -> Router {
    Router::new()
        .route("/_local", get(page::mailbox))
        .route("/_local/", get(page::mailbox))
        .route("/_local/clock", get(clock::tell).post(clock::change))
        .route("/_local/faults", get(faults::list).post(faults::set))
        .route("/_local/mails", get(mails::list).delete(mails::forget))
        .route("/_local/mails/{id}", get(page::mail))
        .route("/_local/mails/{id}/html", get(page::mail_html))
        .route("/_local/requests", get(requests).merge(delete(forget_requests)))
        .route("/_local/rows", get(rows::find))
        .route("/_local/schedules/{name}", post(schedules::run))
        .route("/_local/streams", get(streams::tell).post(streams::set))
        .route("/_local/sweep", post(rows::sweep))
        .route("/_local/unsent", get(unsent::count))
        .nest(PATH, openid::router())
        .route("/_local/{*rest}", any(unknown))
        .route("/2015-03-31/functions/{function}/invocations", post(invoke::invoke))
        .route_layer(middleware::from_fn(same_origin))
        .fallback(gateway::handle)
        .with_state(machine)
}

async fn requests(State(machine): State<Arc<Machine>>) -> Response {
    Json(machine.requests.list()).into_response()
}

async fn forget_requests(State(machine): State<Arc<Machine>>) -> StatusCode {
    machine.requests.clear();
    StatusCode::NO_CONTENT
}

async fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such control")
}

/// Refuses requests of other origins. Any page in the developer's browser can send requests to this
/// machine, under any name that leads here.
async fn same_origin(request: Request, next: Next) -> Response {
    if is_cross_origin(request.headers()) {
        return Problem::new(StatusCode::FORBIDDEN, "another origin asks").into_response();
    }
    next.run(request).await
}

fn is_cross_origin(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_ours = matches!(name, "127.0.0.1" | "localhost");
    let origin = text(header::ORIGIN).map(|origin| origin.strip_prefix("http://"));
    !is_ours || origin.is_some_and(|origin| origin != Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_have_controls() {
        for (host, origin, refused) in [
            ("127.0.0.1:3000", None, false),
            ("localhost:3000", Some("http://localhost:3000"), false),
            ("127.0.0.1:3000", Some("https://evil.example"), true),
            ("127.0.0.1:3000", Some("null"), true),
            ("127.0.0.1:3000", Some("http://127.0.0.1:4000"), true),
            ("evil.example:3000", Some("http://evil.example:3000"), true),
            ("evil.example:3000", None, true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(is_cross_origin(&headers), refused, "{host} {origin:?}");
        }
    }
}
