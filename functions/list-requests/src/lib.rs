//! Lists a tenant's requests to the agency.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::{AgencyRequestKind, Message, RequestState};
use shared::error::Error;
use shared::http::operation::{
    Body, Group, Operation, Route, Schema, Success, list, object, optional, required, words,
};
use shared::http::{Function, Reply, SignedIn, signed_in};
use shared::store::HeldRequest;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The requests of the last 30 days, newest first.",
    group: Group::Account,
    route: Route::get("/api/account/agency-requests"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok("The requests", REQUESTS)],
    problems: &[],
};

const REQUESTS: Schema = object(
    "The requests of an account",
    &[required("requests", list("The newest first", &REQUEST))],
);

const REQUEST: Schema = object(
    "A request to the agency",
    &[
        required("kind", words::REQUEST_KIND),
        optional("message", words::MESSAGE.saying("What the agency was told")),
        required("asked_at", words::INSTANT),
        required("state", words::REQUEST_STATE),
        optional("reason", words::MESSAGE.saying("Why the agency refused it")),
        optional("settled_at", words::INSTANT),
    ],
)
.named("Request");

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

#[derive(Serialize)]
struct Requests {
    requests: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    kind: AgencyRequestKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    asked_at: Timestamp,
    state: RequestState,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
}

/// Lists the requests of the last 30 days with their states, newest first.
async fn handle(app: App, tenant: SignedIn, (): ()) -> Result<Reply, Error> {
    let requests = app.store.requests(tenant.account.id).await?;
    let requests = requests.iter().rev().filter_map(|link| link.request(&tenant.account));
    Reply::ok(&Requests { requests: requests.map(Shown::from).collect() })
}

impl From<HeldRequest> for Shown {
    fn from(request: HeldRequest) -> Self {
        let HeldRequest { kind, message, asked_at, state, reason, settled_at, .. } = request;
        Self { kind, message, asked_at, state, reason, settled_at }
    }
}
