//! Imports leases from the landlord's system.

mod column;
mod decode;
mod endings;
mod fault;
mod file;
mod line;
mod operation;
mod scan;
mod table;

use serde::Serialize;
use shared::app::Tables;
use shared::audit::{self, By};
use shared::domain::{FieldCode, Language, LeaseTerms};
use shared::error::Error;
use shared::http::{Call, Caller, FromCall, Function, Reply, agency};
use shared::store::{ImportOutcome, Imported};

use crate::decode::declared;
use crate::endings::Consequences;
use crate::file::{File, ReadAs};
pub use crate::operation::OPERATION;

/// The largest file, in bytes.
const MAX_FILE: usize = 2 * 1024 * 1024;
/// How many leases one call of the store writes.
const BATCH: usize = 100;

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    agency(&OPERATION, handle)
}

/// A file of leases, and how to import it.
#[derive(Debug)]
pub struct Request {
    file: File,
    /// Whether to answer what would happen without writing anything.
    dry_run: bool,
    /// The number of endings that the caller confirms.
    confirmed: Option<usize>,
    language: Language,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let not_allowed = |field| Error::field(field, FieldCode::NotAllowed);
        let dry_run = match call.query_parameter("dry_run").as_deref() {
            None | Some("false" | "0") => false,
            Some("" | "true" | "1") => true,
            Some(_) => return Err(not_allowed("dry_run")),
        };
        let confirmed = call.query_parameter("confirm").map(|number| number.parse()).transpose();
        let confirmed = confirmed.map_err(|_| not_allowed("confirm"))?;
        let declared = || declared(call.header("content-type").unwrap_or_default());
        let body = || call.body(MAX_FILE).map(<[u8]>::to_vec);
        let file = match call.media_type().as_str() {
            "text/csv" => File::csv(body()?, declared()?)?,
            "application/x-ndjson" => File::ndjson(body()?, declared()?)?,
            _ => return Err(Error::UnsupportedMediaType),
        };
        Ok(Self { file, dry_run, confirmed, language: call.language() })
    }
}

/// The result of an import.
#[derive(Debug, Serialize)]
struct Report<'a> {
    received: usize,
    created: usize,
    updated: usize,
    unchanged: usize,
    rejected: Vec<Rejected>,
    read_as: &'a ReadAs,
    consequences: Consequences,
}

/// A rejected line.
#[derive(Debug, Serialize)]
struct Rejected {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    code: &'static str,
    message: String,
}

/// Whether leases are only compared, or written, and by whom.
#[derive(Debug)]
enum Pass {
    Survey,
    Write(By),
}

/// Imports the good lines and reports the others. The accounts follow their leases. A file that
/// would end many accounts needs their number as confirmation.
async fn handle(tables: Tables, caller: Caller, request: Request) -> Result<Reply, Error> {
    let may_end = request.file.rows().any(|row| row.lease.is_ok_and(|l| l.ends_on.is_some()));
    if request.dry_run {
        return Reply::ok(&take(&tables, &request, &Pass::Survey).await?);
    }
    if may_end {
        let Report { consequences, .. } = take(&tables, &request, &Pass::Survey).await?;
        consequences.check(request.confirmed)?;
    }
    let by = By::Agency(caller.arn().to_owned());
    Reply::ok(&take(&tables, &request, &Pass::Write(by)).await?)
}

async fn take<'a>(tables: &Tables, request: &'a Request, pass: &Pass) -> Result<Report<'a>, Error> {
    let mut report = Report {
        received: 0,
        created: 0,
        updated: 0,
        unchanged: 0,
        rejected: Vec::new(),
        read_as: request.file.read_as(),
        consequences: Consequences::seen_at(tables.clock.now()),
    };
    let mut batch: Vec<LeaseTerms> = Vec::with_capacity(BATCH);
    for row in request.file.rows() {
        report.received += 1;
        match row.lease {
            Ok(_) if row.is_repeated => report.unchanged += 1,
            Ok(terms) => batch.push(terms),
            Err(fault) => report.rejected.push(Rejected {
                line: row.line,
                column: fault.column().map(str::to_owned),
                code: fault.code(),
                message: fault.message(request.language),
            }),
        }
        if batch.len() == BATCH {
            take_batch(tables, pass, &mut batch, &mut report).await?;
        }
    }
    take_batch(tables, pass, &mut batch, &mut report).await?;
    Ok(report)
}

async fn take_batch(
    tables: &Tables,
    pass: &Pass,
    batch: &mut Vec<LeaseTerms>,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let taken = match pass {
        Pass::Survey => tables.store.survey_leases(batch).await?,
        Pass::Write(by) => {
            let note = |imported: &_, written: Result<(), &_>| note(imported, by, written);
            tables.store.import_leases(batch, by, note).await?
        }
    };
    for imported in taken {
        match imported.outcome {
            ImportOutcome::Created => report.created += 1,
            ImportOutcome::Updated => report.updated += 1,
            ImportOutcome::Unchanged => report.unchanged += 1,
        }
        report.consequences.count(&imported);
    }
    batch.clear();
    Ok(())
}

/// Writes the change of an account into its audit trail, also if `written` is an error: then the
/// change may have been made.
fn note(imported: &Imported, by: &By, written: Result<(), &Error>) {
    let Some(account) = imported.account.filter(|_| imported.changes_account) else {
        return;
    };
    let outcome = match (written, imported.end) {
        (Err(error), _) => error.code(),
        (Ok(()), Some(end)) => end.name(),
        (Ok(()), None) => "details_changed",
    };
    audit::record(OPERATION.name, by, account, outcome);
}
