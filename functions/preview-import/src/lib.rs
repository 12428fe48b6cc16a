//! Says what a file would change, for a member of staff.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::{ImportId, StaffAct, text};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Member, Operation, Parameter, Route, Success, integer, object, required, text,
    truth, words,
};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};
use shared::import::words::{
    CREATED, CSV, HOW_READ, NDJSON, RECEIVED, REJECTED_ROWS, UNCHANGED, UPDATED, WHAT_FOLLOWS,
};
use shared::import::{Changes, Import, Report, fingerprint};
use shared::random;
use shared::store::{ImportState, StaffImport};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "No lease is written. The file and what it would change are kept for an hour: `apply-import` changes \
    exactly that. Leases of agencies that the person may not see are rejected.",
    group: Group::Staff,
    route: Route::post("/api/staff/imports"),
    parameters: &[Parameter::in_query("name", text("The name of the file", "baux.csv"))],
    body: Body::File(&[("text/csv", CSV), ("application/x-ndjson", NDJSON)]),
    successes: &[Success::ok(
        "What the file would change",
        object("A preview of an import", PREVIEW).named("ImportPreview"),
    )],
    problems: &[
        (Problem::PayloadTooLarge, "Over 2 MiB, or 10 000 rows"),
        (Problem::UnsupportedMediaType, "Also a charset that nobody knows"),
        (Problem::InvalidFields, "The columns that the header lacks, or has twice"),
    ],
};

const PREVIEW: &[Member] = &[
    required("id", text("The id of the preview", "MfXXZr8MOTniydhmyvsG3g").matching(words::ID)),
    required("file", text("The name of the file", "baux.csv")),
    RECEIVED,
    CREATED,
    UPDATED,
    UNCHANGED,
    REJECTED_ROWS,
    HOW_READ,
    WHAT_FOLLOWS,
    required(
        "changes",
        object(
            "How many known leases change, by what changes; a lease may be counted in several",
            &[
                required("names", integer("Another name of the signatory", 2)),
                required("ends", integer("Another exit date, or none any more", 7)),
                required("brought_forward", integer("They end earlier, or end at all", 4)),
                required("agencies", integer("Another agency or adviser", 1)),
            ],
        ),
    ),
    required(
        "needs_confirmation",
        truth("Whether `apply-import` needs the number in `consequences.ending`", false),
    ),
    required("expires_at", words::INSTANT.saying("Until when it can be confirmed")),
];

/// The longest name of a file that is kept, in characters.
const MAX_NAME: usize = 100;

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::PreviewImport, handle)
}

/// A file of leases.
#[derive(Debug)]
pub struct Request {
    name: String,
    import: Import,
    content_type: String,
    bytes: Vec<u8>,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let name = text::flat(&call.query_parameter("name").unwrap_or_default());
        let import = Import::parse(call)?;
        let content_type = call.header("content-type").unwrap_or_default();
        Ok(Self {
            name: name.chars().take(MAX_NAME).collect(),
            import,
            content_type: text::flat(content_type).chars().take(MAX_NAME).collect(),
            bytes: call.bytes().unwrap_or_default().to_vec(),
        })
    }
}

#[derive(Serialize)]
struct View<'a> {
    id: ImportId,
    file: &'a str,
    #[serde(flatten)]
    report: &'a Report<'a>,
    changes: Changes,
    needs_confirmation: bool,
    expires_at: Timestamp,
}

async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let Request { name, import, content_type, bytes } = &request;
    let (now, covers) = (app.clock.now(), &staff.member.agencies);
    let mut batches = import.batches(now, covers);
    let mut fingerprints = Vec::new();
    while let Some(terms) = batches.next() {
        let taken = app.store.survey_leases_closely(&terms, covers).await?;
        fingerprints.push(fingerprint(&taken));
        batches.count(&taken);
    }
    let report = &batches.report;
    let kept = StaffImport {
        id: random::id(),
        file: name.clone(),
        digest: import.digest().to_owned(),
        content_type: content_type.clone(),
        parts: StaffImport::parts_of(bytes.len()),
        by: staff.member.name.clone(),
        state: ImportState::Previewed,
        batch: 0,
        fingerprints,
        received: report.received,
        created: report.created,
        updated: report.updated,
        rejected: report.rejected.len(),
        ending: report.consequences.ending,
        with_account: report.consequences.with_account,
        created_at: now,
        seen_at: now,
        expires_at: StaffImport::preview_ends(now),
    };
    app.store.preview_staff_import(&kept, bytes).await?;
    Reply::ok(&View {
        id: kept.id,
        file: name,
        report,
        changes: report.changes,
        needs_confirmation: report.consequences.check(None).is_err(),
        expires_at: kept.expires_at,
    })
}
