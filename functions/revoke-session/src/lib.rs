//! Ends one of a tenant's sessions.

use shared::app::App;
use shared::domain::SessionId;
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::store::{Write, retry_stale};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(env!("CARGO_PKG_NAME"), handle)
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

/// Ends a session, at once. Its browser is told so when it next asks for a token.
///
/// # Replies
///
/// - 204
/// - 401 `unauthenticated`
/// - 404 `not_found`, also when it is another tenant's
async fn handle(app: App, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    retry_stale(|_| async {
        let session = app.store.find_session(request.session).await?;
        let session = session.filter(|session| session.tenant == tenant.account.id);
        let session = session.ok_or(Error::NotFound)?;
        Ok(match app.store.revoke_session(&session).await? {
            Write::Done => Some(Reply::no_content()),
            Write::Stale | Write::Refused(_) => None,
        })
    })
    .await
}
