//! Reminds a household of its identifier.

use shared::app::App;
use shared::domain::{LeaseReference, Name};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, required, words};
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::limits;
use shared::store::Notice;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The identifier is mailed to the account’s own address, if lease and name belong to an \
    account.",
    group: Group::Recovery,
    route: Route::post("/api/identifier-reminders"),
    parameters: &[],
    body: Body::Json(&[
        required("lease", words::LEASE_TYPED),
        required("last_name", words::LAST_NAME_TYPED),
    ]),
    successes: &[Success::accepted("Whether there is an account or not")],
    problems: &[(Problem::TooManyAttempts, "")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A household that has forgotten its identifier.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    last_name: Name,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let lease = form.required("lease");
        let last_name = form.required("last_name");
        form.finish(|| Some(Self { lease: lease?, last_name: last_name?, source: call.source() }))
    }
}

/// Queues a mail with the identifier to the account's own address, if lease and name belong to an
/// account. `deliver-mail` decides that, which the caller cannot observe.
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    limits::mail(&app, &request.source).await?;
    let Request { lease, last_name, .. } = request;
    app.store.put_notice(&Notice::IdentifierReminder(lease, last_name)).await?;
    Ok(Reply::accepted())
}
