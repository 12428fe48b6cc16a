//! Ends the session of this browser.

use shared::app::App;
use shared::audit::{By, Trail};
use shared::domain::{DeviceKind, Standing};
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Call, FromCall, Function, PresentedSession, Reply, cookies, same_origin};
use shared::store::Write;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The session of the cookie ends, and the browser forgets it.",
    group: Group::Sessions,
    route: Route::delete("/api/sessions/current"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::no_content("With or without a session").setting(&[cookies::SESSION])],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    same_origin(&OPERATION, handle)
}

/// A browser, which may have a session cookie.
#[derive(Debug)]
pub struct Request {
    session: Option<PresentedSession>,
    device_kind: DeviceKind,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let session = PresentedSession::of(call);
        Ok(Self { session, device_kind: call.device_kind(), trail: call.trail() })
    }
}

/// Ends the session of the cookie, if there is one, and makes the browser forget it. A former
/// secret also ends the session: somebody else has the present one.
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    if let Some(PresentedSession { id, secret }) = request.session
        && let Some(session) = app.store.find_session(id).await?
    {
        request.trail.act(&app, By::Tenant, session.tenant).await;
        if session.standing(&secret, app.clock.now()) == Standing::Stolen {
            app.store.end_stolen_session(&session, request.device_kind).await?;
        } else {
            match app.store.end_session(id, session.tenant).await? {
                // A session without a row has already ended.
                Write::Done | Write::Stale | Write::Refused(_) => {}
            }
        }
    }
    Ok(Reply::no_content().with_cookie(&cookies::no_session()))
}
