//! List open requests.

use shared::app::App;
use shared::domain::StaffAct;
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Function, Reply, Staff, staff};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "What else callers should know.",
    group: Group::Staff,
    route: Route::get("/api/staff/requests"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::no_content("It is done")],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::ShowStaff, handle)
}

/// Guard, load, decide, write, reply.
async fn handle(_: App, _: Staff, (): ()) -> Result<Reply, Error> {
    Ok(Reply::no_content())
}
