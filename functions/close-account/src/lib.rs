//! Closes an account for the agency.

use shared::app::App;
use shared::audit::{By, Trail};
use shared::decisions;
use shared::domain::{AgencyRequestKind, LeaseReference, Message};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, optional, required, words};
use shared::http::{Call, Caller, FromCall, Function, Reply, agency};
use shared::store::retry_stale;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The caller and the reason are kept, and the tenant is told by mail. An account that has \
    changed to another lease is left alone.",
    group: Group::Agency,
    route: Route::post("/api/agency/closures"),
    parameters: &[],
    body: Body::Json(&[
        required("lease", words::LEASE_TYPED),
        required("reason", words::MESSAGE.saying("Why")),
        optional(
            "kind",
            words::REQUEST_KIND.saying("What is to be done; by default the account is closed"),
        ),
    ]),
    successes: &[Success::no_content("Also when it is done already")],
    problems: &[(Problem::NotFound, "Without such a lease, or without an account")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    agency(&OPERATION, handle)
}

/// The agency's decision and its reason.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    reason: Message,
    kind: AgencyRequestKind,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let lease = form.required("lease");
        let reason = form.required("reason");
        let kind = form.optional("kind").unwrap_or(AgencyRequestKind::CloseAccount);
        form.finish(|| Some(Self { lease: lease?, reason: reason?, kind, trail: call.trail() }))
    }
}

/// Closes the account of a lease, or returns its rent notices to paper, and keeps the caller and
/// the reason. An account that has changed to another lease is left alone.
async fn handle(app: App, caller: Caller, request: Request) -> Result<Reply, Error> {
    let (app, caller, request) = (&app, &caller, &request);
    retry_stale(|_| async move {
        let holder = app.store.find_holder(&request.lease).await?;
        let account = holder.and_then(|holder| holder.account).ok_or(Error::NotFound)?;
        let by = By::Agency(caller.arn().to_owned());
        request.trail.act(app, by.clone(), account.id).await;
        request.trail.which(request.kind.name());
        let decided =
            decisions::carry_out(app, &account, request.kind, &by, &request.reason).await?;
        Ok(decided.is_done().then(Reply::no_content))
    })
    .await
}
