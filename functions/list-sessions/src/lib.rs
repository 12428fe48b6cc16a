//! Lists a tenant's sessions.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::SessionId;
use shared::error::Error;
use shared::http::{Function, Reply, SignedIn, signed_in};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(env!("CARGO_PKG_NAME"), handle)
}

#[derive(Serialize)]
struct Sessions {
    sessions: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    id: SessionId,
    current: bool,
    created_at: Timestamp,
    seen_at: Timestamp,
    user_agent: String,
    persistent: bool,
}

/// Lists the sessions that have not ended, the one used last first.
///
/// # Replies
///
/// - 200, the sessions
/// - 401 `unauthenticated`
async fn handle(app: App, tenant: SignedIn, (): ()) -> Result<Reply, Error> {
    let sessions = app.store.sessions(tenant.account.id).await?;
    let present = sessions.into_iter().filter(|session| session.belongs_to(&tenant.account));
    let sessions = present.map(|session| Shown {
        id: session.id,
        current: session.id == tenant.session,
        created_at: session.created_at,
        seen_at: session.seen_at,
        user_agent: session.user_agent,
        persistent: session.persistent,
    });
    Reply::ok(&Sessions { sessions: sessions.collect() })
}
