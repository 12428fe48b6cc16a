//! Lists the last imports of the landlord's staff.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::{ImportId, StaffAct};
use shared::error::Error;
use shared::http::operation::{
    Body, Group, Operation, Route, Schema, Success, integer, list, object, one_of, required, text,
    words,
};
use shared::http::{Function, Reply, Staff, staff};
use shared::import::BATCH;
use shared::store::{ImportState, StaffImport};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Those of 90 days, with who did them, and the previews that can still be confirmed; 50 at \
    most. While one runs, `done` grows.",
    group: Group::Staff,
    route: Route::get("/api/staff/imports"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok(
        "The imports, the last first",
        object("The last imports", &[required("imports", list("The imports", &IMPORT))])
            .named("Imports"),
    )],
    problems: &[],
};

const IMPORT: Schema = object(
    "An import by a member of staff",
    &[
        required("id", text("Its id", "MfXXZr8MOTniydhmyvsG3g").matching(words::ID)),
        required("file", text("The name of the file", "baux.csv")),
        required("by", text("Who did it", "Anne Lefèvre")),
        required("at", words::INSTANT.saying("When it last went on")),
        required(
            "state",
            one_of(
                "How far it is; one that has not gone on for a minute is `interrupted`",
                &["previewed", "running", "interrupted", "done"],
            ),
        ),
        required("done", integer("How many rows are done", 200)),
        required("received", integer("How many rows it has", 200)),
        required("created", integer("How many leases were new", 3)),
        required("updated", integer("How many have changed", 12)),
        required("unchanged", integer("How many were known so", 184)),
        required("rejected", integer("How many rows were not taken", 1)),
    ],
);

/// The most imports in an answer.
const MOST: usize = 50;

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::ListImports, handle)
}

#[derive(Serialize)]
struct View {
    imports: Vec<ImportView>,
}

#[derive(Serialize)]
struct ImportView {
    id: ImportId,
    file: String,
    by: String,
    at: Timestamp,
    state: &'static str,
    done: usize,
    received: usize,
    created: usize,
    updated: usize,
    unchanged: usize,
    rejected: usize,
}

impl ImportView {
    fn of(import: StaffImport, now: Timestamp) -> Self {
        let begun = import.batch.saturating_sub(1) * BATCH;
        let (state, done) = match import.state {
            ImportState::Previewed => ("previewed", 0),
            ImportState::Running if import.is_stalled(now) => ("interrupted", begun),
            ImportState::Running => ("running", begun),
            ImportState::Done => ("done", import.received),
        };
        let StaffImport { received, created, updated, rejected, .. } = import;
        Self {
            id: import.id,
            file: import.file,
            by: import.by,
            at: import.seen_at,
            state,
            done: done.min(received),
            received,
            created,
            updated,
            unchanged: received.saturating_sub(created + updated + rejected),
            rejected,
        }
    }
}

async fn handle(app: App, _: Staff, (): ()) -> Result<Reply, Error> {
    let now = app.clock.now();
    let imports = app.store.staff_imports().await?.into_iter().take(MOST);
    Reply::ok(&View { imports: imports.map(|import| ImportView::of(import, now)).collect() })
}
