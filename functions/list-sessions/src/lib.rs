//! Lists a tenant's sessions.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::SessionId;
use shared::error::Error;
use shared::http::operation::{
    Body, Group, Operation, Route, Schema, Success, list, object, required, text, truth, words,
};
use shared::http::{Function, Reply, SignedIn, signed_in};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The live sessions, last used first.",
    group: Group::Sessions,
    route: Route::get("/api/sessions"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok("The sessions", SESSIONS)],
    problems: &[],
};

const SESSIONS: Schema = object(
    "The sessions of an account",
    &[required("sessions", list("The one used last first", &SESSION))],
);

const SESSION: Schema = object(
    "A session",
    &[
        required("id", words::SESSION_ID),
        required("current", truth("Whether it is the session of this access token", true)),
        required("created_at", words::INSTANT.saying("When the tenant signed in")),
        required("seen_at", words::INSTANT.saying("When it was last used")),
        required(
            "user_agent",
            text("What its browser calls itself", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0)"),
        ),
        required("persistent", truth("Whether it outlives its browser", false)),
    ],
)
.named("Session");

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
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

/// Lists the live sessions, last used first.
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
