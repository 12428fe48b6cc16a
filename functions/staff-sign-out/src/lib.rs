//! Ends the session of a member of staff.

use shared::app::App;
use shared::domain::{SessionId, SessionSecret};
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Call, FromCall, Function, Reply, cookies, same_origin};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The session of the cookie ends, and the browser forgets it. The person stays signed in \
    with the identity provider.",
    group: Group::Staff,
    route: Route::delete("/api/staff/session"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::no_content("With or without a session").setting(&[cookies::STAFF])],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    same_origin(&OPERATION, handle)
}

/// A browser, which may have a session of staff.
#[derive(Debug)]
pub struct Request(Option<(SessionId, SessionSecret)>);

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        Ok(Self(call.cookie(cookies::STAFF).and_then(cookies::read_session)))
    }
}

async fn handle(app: App, Request(presented): Request) -> Result<Reply, Error> {
    if let Some((id, secret)) = presented {
        app.store.end_staff_session_of(id, &secret).await?;
    }
    Ok(Reply::no_content().with_cookie(&cookies::no_staff()))
}
