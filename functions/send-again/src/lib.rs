//! Send again.

use shared::app::App;
use shared::domain::StaffAct;
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Parameter, Route, Success, text};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "What else callers should know.",
    group: Group::Staff,
    route: Route::post("/api/staff/households/{lease}/mails"),
    parameters: &[Parameter::in_path("lease", text("The lease", "lease-1"))],
    body: Body::Json(&[]),
    successes: &[Success::no_content("It is done")],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::ShowStaff, handle)
}

/// The request.
#[derive(Debug)]
pub struct Request {}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let form = call.form()?;
        form.finish(|| Some(Self {}))
    }
}

/// Guard, load, decide, write, reply.
async fn handle(_: App, _: Staff, request: Request) -> Result<Reply, Error> {
    let Request {} = request;
    Ok(Reply::no_content())
}
