//! Says which member of staff is signed in.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::{Agencies, StaffAct};
use shared::error::Error;
use shared::http::operation::{
    Body, Group, Operation, Route, Success, list, object, one_of, required, text, words,
};
use shared::http::{Function, Reply, Staff, staff};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The agency's pages offer what `may` names. A session ends 30 minutes after its last use, \
    and 8 hours after the sign-in.",
    group: Group::Staff,
    route: Route::get("/api/staff/session"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok(
        "Who is signed in",
        object(
            "A member of staff",
            &[
                required("name", text("The person's name", "Anne Lefèvre")),
                required("role", one_of("The role", &["reader", "agent", "supervisor"])),
                required(
                    "agencies",
                    list(
                        "The agencies whose households the person may see; `*` is all",
                        &text("An agency, by its name or its address", "*"),
                    ),
                ),
                required("may", list("What the role may do", &text("An act", "search-households"))),
                required("expires_at", words::INSTANT.saying("When an unused session ends")),
            ],
        )
        .named("StaffMember"),
    )],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::ShowStaff, handle)
}

#[derive(Serialize)]
struct View<'a> {
    name: &'a str,
    role: &'static str,
    agencies: &'a [String],
    may: Vec<&'static str>,
    expires_at: Timestamp,
}

async fn handle(_: App, staff: Staff, (): ()) -> Result<Reply, Error> {
    let member = &staff.member;
    let all = [Agencies::ALL.to_owned()];
    Reply::ok(&View {
        name: &member.name,
        role: member.role.name(),
        agencies: if member.agencies.are_all() { &all } else { member.agencies.names() },
        may: member.role.acts().map(StaffAct::name).collect(),
        expires_at: staff.session.expires_at,
    })
}
