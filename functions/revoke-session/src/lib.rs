//! Ends one of a tenant's sessions.

use shared::app::App;
use shared::domain::SessionId;
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Parameter, Route, Success, words};
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::store::{Write, retry_stale};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The session ends at once. Its browser is told when it next asks for an access token.",
    group: Group::Sessions,
    route: Route::delete("/api/sessions/{id}"),
    parameters: &[Parameter::in_path("id", words::SESSION_ID)],
    body: Body::None,
    successes: &[Success::no_content("It has ended")],
    problems: &[(Problem::NotFound, "Also a session of another tenant")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// A session to end.
#[derive(Debug)]
pub struct Request {
    session: SessionId,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let session = SessionId::try_from(call.path_parameter("id"));
        Ok(Self { session: session.map_err(|_| Error::NotFound)? })
    }
}

/// Ends a session at once. Its browser is told at its next refresh.
async fn handle(app: App, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    retry_stale(|_| async {
        let session = app.store.find_session(request.session).await?;
        let session = session.filter(|session| session.tenant == tenant.account.id);
        let session = session.ok_or(Error::NotFound)?;
        // The session was carried to an epoch that the caller's own has not reached: a change of
        // password has ended that one since the caller was let in.
        if session.epoch > tenant.account.epoch {
            return Err(Error::Unauthenticated);
        }
        Ok(match app.store.revoke_session(&session).await? {
            Write::Done => Some(Reply::no_content()),
            Write::Stale | Write::Refused(_) => None,
        })
    })
    .await
}
