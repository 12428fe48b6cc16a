//! Closes the account of a household, by a member of staff.

use shared::app::App;
use shared::decisions;
use shared::domain::{AgencyRequestKind, LeaseReference, Message, StaffAct};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Parameter, Route, Success, optional, required, words,
};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};
use shared::store::{Holder, retry_stale};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The person and the reason are kept, and the tenant is told by mail. An account that has \
    changed to another lease is left alone.",
    group: Group::Staff,
    route: Route::post("/api/staff/households/{lease}/closure"),
    parameters: &[Parameter::in_path("lease", words::LEASE_TYPED)],
    body: Body::Json(&[
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
    staff(&OPERATION, StaffAct::CloseAccount, handle)
}

/// What is to be done with the account of a lease, and why.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    reason: Message,
    kind: AgencyRequestKind,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let reason = form.required("reason");
        let kind = form.optional("kind").unwrap_or(AgencyRequestKind::CloseAccount);
        let reason = form.finish(|| reason)?;
        let lease = LeaseReference::try_from(call.path_parameter("lease"));
        Ok(Self { lease: lease.map_err(|_| Error::NotFound)?, reason, kind })
    }
}

/// Closes the account of a lease, or returns its rent notices to paper, and keeps the person and the
/// reason.
async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let (app, staff, Request { lease, reason, kind }) = (&app, &staff, &request);
    retry_stale(|_| async move {
        let holder = app.store.find_holder(lease).await?.ok_or(Error::NotFound)?;
        let Holder { lease, account } = holder;
        staff.sees(Some(lease))?;
        let account = account.ok_or(Error::NotFound)?;
        staff.act_on(app, &account).await;
        staff.trail.which(kind.name());
        let decided = decisions::carry_out(app, &account, *kind, &staff.by(), reason).await?;
        Ok(decided.is_done().then(Reply::no_content))
    })
    .await
}
