//! Lets mails to a stopped address be tried again, for the agency.

use shared::app::App;
use shared::audit::{By, Trail};
use shared::decisions;
use shared::domain::{Account, LeaseReference};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, required, words};
use shared::http::{Call, Caller, FromCall, Function, Reply, agency};
use shared::store::retry_stale;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The bounces of the account’s address are forgotten, so that its mails are tried again.",
    group: Group::Agency,
    route: Route::post("/api/agency/mail-permissions"),
    parameters: &[],
    body: Body::Json(&[required("lease", words::LEASE_TYPED)]),
    successes: &[Success::no_content("Also when nothing was held back")],
    problems: &[(Problem::NotFound, "Without such a lease, or without an account")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    agency(&OPERATION, handle)
}

/// The lease of an account whose mails bounced.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let lease = form.required("lease");
        form.finish(|| Some(Self { lease: lease?, trail: call.trail() }))
    }
}

/// Forgets the bounces of the address of the account that holds the lease, so that mails are tried
/// again.
async fn handle(app: App, caller: Caller, request: Request) -> Result<Reply, Error> {
    let (app, request) = (&app, &request);
    let by = &By::Agency(caller.arn().to_owned());
    retry_stale(|_| async move {
        let holder = app.store.find_holder(&request.lease).await?;
        let account = holder.and_then(|holder| holder.account);
        let account = account.filter(Account::is_active).ok_or(Error::NotFound)?;
        request.trail.act(app, by.clone(), account.id).await;
        let lifted = decisions::lift_stop(app, &account, by).await?;
        Ok(lifted.is_done().then(Reply::no_content))
    })
    .await
}
