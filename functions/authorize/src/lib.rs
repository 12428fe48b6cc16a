//! Authorises calls to the landlord's other APIs (Lambda authorizer, payload 2.0, simple response).

mod context;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use shared::domain::{LeaseReference, SessionId, TenantId};
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Function, event};

pub use crate::context::Context;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "A Lambda authorizer (payload 2.0, simple response) for other APIs of the landlord. No \
    table is read, so an ended session is refused only when its token expires, at most \
    ten minutes later.",
    group: Group::Background,
    route: Route::Event("Lambda authorizer"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::done("Whether the call may go on, and for whom")],
    problems: &[],
};

/// This operation, ready to be started.
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

/// The answer: whether the call is authorised, and for which tenant.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Claims>,
}

/// The claims that the other API gets.
#[derive(Debug, Serialize)]
struct Claims {
    sub: TenantId,
    lease: LeaseReference,
    sid: SessionId,
}

/// Verifies the access token and passes its claims on. No table is read, so an ended session is
/// refused only when its token expires, at most 10 minutes later.
async fn handle(context: Context, request: Request) -> Result<Answer, Error> {
    let mut headers = request.headers.iter();
    let header = headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let token = header.and_then(|(_, value)| value.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let claims = match token {
        Some((_, token)) => context.keys.read_access_token(token.trim(), &context.config).await?,
        None => None,
    };
    let claims = claims.map(|claims| Claims {
        sub: claims.tenant,
        lease: claims.lease,
        sid: claims.session,
    });
    Ok(Answer { is_authorized: claims.is_some(), context: claims })
}
