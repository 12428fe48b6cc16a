//! Has mails to a stopped address tried again, for a member of staff.

use shared::app::App;
use shared::decisions;
use shared::domain::{Account, LeaseReference, StaffAct};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Parameter, Route, Success, words};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};
use shared::store::retry_stale;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The bounces of the account’s address are forgotten, so that its mails are tried again.",
    group: Group::Staff,
    route: Route::post("/api/staff/households/{lease}/mail-permission"),
    parameters: &[Parameter::in_path("lease", words::LEASE_TYPED)],
    body: Body::None,
    successes: &[Success::no_content("Also when nothing was held back")],
    problems: &[(Problem::NotFound, "Without such a lease, or without an account")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::LiftStop, handle)
}

/// The lease of an account whose mails come back.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let lease = LeaseReference::try_from(call.path_parameter("lease"));
        Ok(Self { lease: lease.map_err(|_| Error::NotFound)? })
    }
}

/// Forgets the bounces of the address of the account that holds the lease.
async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let (app, staff, request) = (&app, &staff, &request);
    retry_stale(|_| async move {
        let lease = staff.sees(app.store.find_lease(&request.lease).await?)?;
        let tenant = lease.tenant.ok_or(Error::NotFound)?;
        let account = app.store.find_account(tenant).await?;
        let account = account.filter(Account::is_active).ok_or(Error::NotFound)?;
        staff.act_on(app, &account).await;
        let lifted = decisions::lift_stop(app, &account, &staff.by()).await?;
        Ok(lifted.is_done().then(Reply::no_content))
    })
    .await
}
