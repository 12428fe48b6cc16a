//! Ends the session of this browser.

use shared::app::App;
use shared::audit::{self, By};
use shared::domain::{SessionId, SessionSecret, Standing};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, cookies, public};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A browser, perhaps with a session cookie.
#[derive(Debug)]
pub struct Request {
    session: Option<(SessionId, SessionSecret)>,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        call.check_same_origin()?;
        let session = call.cookie(cookies::SESSION).and_then(cookies::read_session);
        Ok(Self { session, source: call.source() })
    }
}

/// Ends the session that the cookie names, if it does, and makes the browser forget it. A secret of
/// the past shows that somebody else has the present one: their session ends too.
///
/// # Replies
///
/// - 204, with or without a session
/// - 403 `forbidden`, from another origin
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    if let Some((id, secret)) = request.session
        && let Some(session) = app.store.find_session(id).await?
    {
        audit::note(&app, By::Tenant, session.tenant, &request.source);
        if session.standing(&secret, app.clock.now()) == Standing::Stolen {
            app.store.end_stolen_session(&session).await?;
        } else {
            app.store.end_session(id, session.tenant).await?;
        }
    }
    Ok(Reply::no_content().with_cookie(&cookies::no_session()))
}
