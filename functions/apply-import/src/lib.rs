//! Imports a file that a member of staff has previewed.

use serde::Serialize;
use shared::app::App;
use shared::domain::{FieldCode, ImportId, Language, StaffAct};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Member, Operation, Parameter, Route, Success, integer, object, one_of, required,
    text, words,
};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};
use shared::import::words::{
    CREATED, CSV, HOW_READ, NDJSON, RECEIVED, REJECTED_ROWS, UNCHANGED, UPDATED, WHAT_FOLLOWS,
};
use shared::import::{self, Batches, Consequences, Import, Report, fingerprint};
use shared::store::{ImportState, StaffImport, Write};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The file of the preview is imported; a file that is sent again has to be the same. If what it would \
    change is no longer what the preview showed, nothing is written. A file that takes longer than a call may is answered with the state \
    `running`: the same call goes on with it. So does it after an interruption.",
    group: Group::Staff,
    route: Route::post("/api/staff/imports/{id}"),
    parameters: &[
        Parameter::in_path(
            "id",
            text("The id of the preview", "MfXXZr8MOTniydhmyvsG3g").matching(words::ID),
        ),
        Parameter::in_query("confirm", integer("How many accounts the person knows would end", 12)),
    ],
    body: Body::FileOrNone(&[("text/csv", CSV), ("application/x-ndjson", NDJSON)]),
    successes: &[Success::ok(
        "What is imported",
        object("An import by a member of staff", APPLIED).named("AppliedImport"),
    )],
    problems: &[
        (Problem::NotFound, "Without such a preview, or an hour after it"),
        (Problem::PreviewOutdated, "The file is another, or a lease has changed since"),
        (Problem::TooManyEndings, "`ending` says how many accounts of how many would end"),
        (Problem::PayloadTooLarge, "Over 2 MiB, or 10 000 rows"),
        (Problem::UnsupportedMediaType, "Also a charset that nobody knows"),
        (Problem::InvalidFields, "The columns that the header lacks, or has twice; a parameter"),
    ],
};

const APPLIED: &[Member] = &[
    required("id", text("The id of the import", "MfXXZr8MOTniydhmyvsG3g").matching(words::ID)),
    required("state", one_of("How far it is", &["running", "done"])),
    required("done", integer("How many rows are done", 200)),
    RECEIVED,
    CREATED,
    UPDATED,
    UNCHANGED,
    REJECTED_ROWS,
    HOW_READ,
    WHAT_FOLLOWS,
];

/// After so many seconds no further batch is begun: API Gateway waits 30 s.
const LONGEST_S: i64 = 18;

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::ApplyImport, handle)
}

/// A file of leases, and the preview of its import.
#[derive(Debug)]
pub struct Request {
    id: Option<ImportId>,
    /// The file, if it is sent again.
    import: Option<Import>,
    language: Language,
    confirmed: Option<usize>,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let confirmed = call.query_parameter("confirm").map(|number| number.parse()).transpose();
        let confirmed = confirmed.map_err(|_| Error::field("confirm", FieldCode::NotAllowed))?;
        let id = ImportId::try_from(call.path_parameter("id")).ok();
        // Some clients send {} where they have nothing to send.
        let bytes = call.bytes().ok_or(Error::MalformedBody)?;
        let is_sent = !bytes.is_empty() && call.media_type() != "application/json";
        let import = if is_sent { Some(Import::parse(call)?) } else { None };
        Ok(Self { id, import, language: call.language(), confirmed })
    }
}

#[derive(Serialize)]
struct View<'a> {
    id: ImportId,
    state: ImportState,
    done: usize,
    #[serde(flatten)]
    report: Report<'a>,
}

async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let Request { id, import, language, confirmed } = request;
    let now = app.clock.now();
    let id = id.ok_or(Error::NotFound)?;
    let read = app.store.find_staff_import(id).await?.filter(|read| !read.has_expired(now));
    let read = read.ok_or(Error::NotFound)?;
    let import = if let Some(import) = import {
        import
    } else {
        let file = app.store.find_imported_file(&read).await?;
        Import::read(&read.content_type, file.ok_or(Error::PreviewOutdated)?, language)?
    };
    if read.digest != import.digest() {
        return Err(Error::PreviewOutdated);
    }
    let import = &import;
    match read.state {
        ImportState::Done => return show(&read, import, &staff, read.received),
        // Another call is at it.
        ImportState::Running if !read.is_stalled(now) => {
            return show(&read, import, &staff, read.batch.saturating_sub(1) * import::BATCH);
        }
        ImportState::Previewed | ImportState::Running => {}
    }
    Consequences::of(read.ending, read.with_account, now).check(confirmed)?;
    survey(&app, &staff, &read, import).await?;
    write(&app, &staff, read, import).await
}

/// The first batch to write. After an interruption, the one that was begun last.
fn first(read: &StaffImport) -> usize {
    read.batch.saturating_sub(1)
}

/// Checks that every batch that is left would change what the preview showed. The one that was begun
/// before an interruption may be half written.
async fn survey(
    app: &App,
    staff: &Staff,
    read: &StaffImport,
    import: &Import,
) -> Result<(), Error> {
    let covers = &staff.member.agencies;
    let mut batches = import.batches(app.clock.now(), covers);
    let mut batch = 0;
    while let Some(terms) = batches.next() {
        if batch >= read.batch {
            let taken = app.store.survey_leases_closely(&terms, covers).await?;
            if read.fingerprints.get(batch) != Some(&fingerprint(&taken)) {
                return Err(Error::PreviewOutdated);
            }
        }
        batch += 1;
    }
    Ok(())
}

/// Writes batch after batch, and before each one how far it is.
async fn write(
    app: &App,
    staff: &Staff,
    mut read: StaffImport,
    import: &Import,
) -> Result<Reply, Error> {
    let begun = app.clock.precise_now();
    let (covers, by) = (&staff.member.agencies, staff.by());
    let (first, mut batch) = (first(&read), 0);
    let mut batches = import.batches(app.clock.now(), covers);
    // Counted anew: the preview's counts are of what would be.
    let was_begun = read.state == ImportState::Running;
    let counted = if was_begun { (read.created, read.updated) } else { (0, 0) };
    while let Some(terms) = batches.next() {
        if batch < first {
            batch += 1;
            continue;
        }
        let elapsed = app.clock.precise_now().duration_since(begun);
        if elapsed.as_secs() >= LONGEST_S {
            let done = batch * import::BATCH;
            return show(&read, import, staff, done);
        }
        batch += 1;
        let next = at(&read, &batches, counted, batch, ImportState::Running, app);
        match app.store.go_on_with_staff_import(&read, &next, &staff.member).await? {
            Write::Done => read = next,
            // Another call is at it.
            Write::Stale | Write::Refused(_) => {
                return show(&next, import, staff, (batch - 1) * import::BATCH);
            }
        }
        let note = |imported: &_, written: Result<(), &_>| {
            import::note(OPERATION.name, &by, imported, written);
        };
        let taken = app.store.import_leases(&terms, covers, &by, note).await?;
        batches.count(&taken);
    }
    let done = at(&read, &batches, counted, batch, ImportState::Done, app);
    match app.store.go_on_with_staff_import(&read, &done, &staff.member).await? {
        Write::Done | Write::Stale | Write::Refused(_) => {}
    }
    show_report(&done, batches.report, done.received)
}

/// `read` as it is after `batches` so far, with the leases `counted` before this call.
fn at(
    read: &StaffImport,
    batches: &Batches<'_>,
    (created, updated): (usize, usize),
    batch: usize,
    state: ImportState,
    app: &App,
) -> StaffImport {
    StaffImport {
        state,
        batch,
        created: created + batches.report.created,
        updated: updated + batches.report.updated,
        rejected: match state {
            ImportState::Done => batches.report.rejected.len(),
            ImportState::Previewed | ImportState::Running => read.rejected,
        },
        seen_at: app.clock.now(),
        ..read.clone()
    }
}

/// Answers how far `read` is. The rejected rows are those that the file alone tells.
fn show(read: &StaffImport, import: &Import, staff: &Staff, done: usize) -> Result<Reply, Error> {
    let mut batches = import.batches(read.created_at, &staff.member.agencies);
    while batches.next().is_some() {}
    show_report(read, batches.report, done.min(read.received))
}

fn show_report(read: &StaffImport, mut report: Report<'_>, done: usize) -> Result<Reply, Error> {
    (report.created, report.updated) = (read.created, read.updated);
    let rejected = report.rejected.len();
    report.unchanged = done.saturating_sub(report.created + report.updated + rejected);
    Reply::ok(&View { id: read.id, state: read.state, done, report })
}
