//! Lambda's Invoke.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use serde_json::value::RawValue;

use crate::arn::function_arn;
use crate::ids;
use crate::machine::Machine;

/// The largest event that Lambda takes, in bytes.
const LARGEST_EVENT: usize = 6 * 1024 * 1024;

pub(super) async fn invoke(
    State(machine): State<Arc<Machine>>,
    Path(name): Path<String>,
    request: Request<Body>,
) -> Response {
    let mut response = answer(&machine, &name, request).await;
    if let Ok(id) = HeaderValue::from_str(&ids::request_id()) {
        response.headers_mut().insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

async fn answer(machine: &Machine, name: &str, request: Request<Body>) -> Response {
    let Some(function) = machine.functions.get(bare(name)) else {
        let message = format!("Function not found: {}", function_arn(bare(name)));
        return refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_EVENT).await else {
        let message = format!("{LARGEST_EVENT} byte payload is the largest");
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", &message);
    };
    let body = if body.is_empty() { "{}".into() } else { String::from_utf8_lossy(&body) };
    let Ok(event) = serde_json::from_str::<Box<RawValue>>(&body) else {
        let message = "Could not parse request body into json";
        return refusal(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message);
    };
    match invocation_type(&parts.headers) {
        Some("DryRun") => StatusCode::NO_CONTENT.into_response(),
        Some("Event") => {
            let function = Arc::clone(function);
            tokio::spawn(async move { function.invoke(event).await });
            StatusCode::ACCEPTED.into_response()
        }
        None | Some("RequestResponse") => match function.invoke(event).await {
            Ok(returned) => executed(HeaderMap::new(), returned.get().to_owned()),
            Err(failure) => {
                let mut headers = HeaderMap::new();
                let name = HeaderName::from_static("x-amz-function-error");
                headers.insert(name, HeaderValue::from_static("Unhandled"));
                executed(headers, failure.to_json().to_string())
            }
        },
        Some(_) => {
            let message = "the invocation type is one of RequestResponse, Event, DryRun";
            refusal(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message)
        }
    }
}

fn executed(mut headers: HeaderMap, body: String) -> Response {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        HeaderName::from_static("x-amz-executed-version"),
        HeaderValue::from_static("$LATEST"),
    );
    (headers, body).into_response()
}

fn invocation_type(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-invocation-type")?.to_str().ok()
}

/// The name of a function that is given by its name or its ARN.
fn bare(name: &str) -> &str {
    name.rsplit_once(":function:").map_or(name, |(_, name)| name)
}

fn refusal(status: StatusCode, kind: &'static str, message: &str) -> Response {
    let body = Json(json!({ "Type": "User", "Message": message }));
    (status, [("x-amzn-errortype", kind)], body).into_response()
}
