//! API Gateway: turns HTTP requests into events for functions, and their answers into responses.

mod answer;
mod event;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use serde_json::value::to_raw_value;

use crate::lambda::Failure;
use crate::machine::Machine;
use crate::route;
use crate::server::Peer;
use crate::signature::Signature;
use crate::verbatim::as_it_came;

/// The largest body that API Gateway takes, in bytes.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// The longest that API Gateway waits for a function.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Answers a request with the function of its route.
pub(crate) async fn handle(
    State(machine): State<Arc<Machine>>,
    request: Request<Body>,
) -> Response {
    let request_id = crate::ids::request_id();
    let (parts, body) = request.into_parts();
    let mut response = match to_bytes(body, LARGEST_BODY).await {
        Ok(body) => answer(&machine, &parts, &body, &request_id).await,
        Err(_) => refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
    };
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), request_id);
    }
    response
}

async fn answer(machine: &Machine, parts: &Parts, body: &[u8], request_id: &str) -> Response {
    let method = parts.method.as_str();
    let path = as_it_came(parts.uri.path());
    let Some(taken) = route::take(&machine.template.routes, method, &path) else {
        return refusal(StatusCode::NOT_FOUND, "Not Found");
    };
    let signature = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| Signature::parse(value.to_str().ok()?));
    if taken.route.needs_iam() && signature.is_none() {
        return refusal(StatusCode::FORBIDDEN, "Forbidden");
    }
    let about = event::Circumstances {
        request_id,
        peer: Peer::of(&parts.extensions),
        now: machine.clock.precise_now(),
        taken: &taken,
        signature: signature.as_ref().filter(|_| taken.route.needs_iam()),
    };
    let Ok(event) = to_raw_value(&event::of_request(parts, body, &about)) else {
        return internal_error();
    };
    let Some(function) = machine.functions.get(taken.route.function()) else {
        return internal_error();
    };
    match tokio::time::timeout(LONGEST_WAIT, function.invoke(event)).await {
        Ok(Ok(returned)) => answer::to_response(&returned).unwrap_or_else(|| {
            tracing::error!(function.name = function.name(), "the answer is not API Gateway's");
            internal_error()
        }),
        Ok(Err(Failure::TimedOut(_))) | Err(_) => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
        Ok(Err(_)) => internal_error(),
    }
}

fn internal_error() -> Response {
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// A refusal by API Gateway itself.
fn refusal(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({ "message": message }))).into_response()
}
