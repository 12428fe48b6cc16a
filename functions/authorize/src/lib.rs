//! Authorises calls to the landlord's other APIs (Lambda authorizer, payload 2.0, simple response).

mod context;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use shared::domain::{LeaseReference, SessionId, TenantId};
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Function, event};

pub use crate::context::Context;

/// What this operation is.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "A Lambda authorizer (payload 2.0, simple response) that other APIs of the landlord \
         attach. Nothing is read: an ended session is refused when its token expires, at most \
         ten minutes later.",
    group: Group::Background,
    route: Route::Event("Lambda authorizer"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::done("Whether the call may go on, and for whom")],
    problems: &[],
};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    event(&OPERATION, handle)
}

/// A call to another API.
#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(default)]
    headers: HashMap<String, String>,
}

/// Whether it may go on, and for whom.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Claims>,
}

/// Who calls, as the other API is told.
#[derive(Debug, Serialize)]
struct Claims {
    sub: TenantId,
    lease: LeaseReference,
    sid: SessionId,
}

/// Verifies the access token and passes its claims on. Nothing is read: an ended session is refused
/// when its token expires, at most ten minutes later.
async fn handle(context: Context, request: Request) -> Result<Answer, Error> {
    let mut headers = request.headers.iter();
    let header = headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let token = header.and_then(|(_, value)| value.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let claims = match token {
        Some((_, token)) => context.keys.read_access_token(token.trim(), &context.config).await,
        None => None,
    };
    let claims = claims.map(|claims| Claims {
        sub: claims.tenant,
        lease: claims.lease,
        sid: claims.session,
    });
    Ok(Answer { is_authorized: claims.is_some(), context: claims })
}
