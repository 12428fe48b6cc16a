//! Takes leases from the landlord's system.

mod file;
mod line;

use std::collections::HashMap;

use serde::Serialize;
use shared::app::Tables;
use shared::domain::{Language, LeaseReference, LeaseTerms};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::store::ImportOutcome;

use crate::file::{File, Row};
use crate::line::Fault;

/// The largest file, in bytes.
const MAX_FILE: usize = 2 * 1024 * 1024;
/// The most rows in a file.
const MAX_ROWS: usize = 10_000;
/// How many leases are written at a time.
const BATCH: usize = 100;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A file of leases.
#[derive(Debug)]
pub struct Request {
    file: File,
    language: Language,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        call.caller()?;
        let body = |max| call.body(max).map(<[u8]>::to_vec);
        let file = match call.media_type().as_str() {
            "text/csv" => File::csv(body(MAX_FILE)?)?,
            "application/x-ndjson" => File::ndjson(body(MAX_FILE)?),
            _ => return Err(Error::UnsupportedMediaType),
        };
        if file.rows().nth(MAX_ROWS).is_some() {
            return Err(Error::PayloadTooLarge);
        }
        Ok(Self { file, language: call.language() })
    }
}

/// What became of a file.
#[derive(Debug, Default, Serialize)]
struct Report {
    received: usize,
    created: usize,
    updated: usize,
    unchanged: usize,
    rejected: Vec<Rejected>,
}

/// A line that was not taken.
#[derive(Debug, Serialize)]
struct Rejected {
    line: usize,
    code: &'static str,
    message: String,
}

/// Takes the good lines and reports the others. The accounts of the leases follow them.
///
/// # Replies
///
/// - 200, how many were created, updated, unchanged, and which lines were rejected, why
/// - 403 `forbidden`, without IAM
/// - 413 `payload_too_large`: 2 MiB, 10 000 rows
/// - 415 `unsupported_media_type`
/// - 422 `invalid_fields`: the columns that the header lacks, or that nobody knows
async fn handle(tables: Tables, request: Request) -> Result<Reply, Error> {
    let mut report = Report::default();
    let mut seen: HashMap<LeaseReference, LeaseTerms> = HashMap::new();
    let mut batch: Vec<LeaseTerms> = Vec::with_capacity(BATCH);
    for Row { line, lease } in request.file.rows() {
        report.received += 1;
        let lease = lease.and_then(|lease| match seen.get(&lease.reference) {
            None => Ok(Some(lease)),
            Some(same) if *same == lease => Ok(None),
            Some(_) => Err(Fault::duplicate()),
        });
        match lease {
            Ok(Some(lease)) => {
                seen.insert(lease.reference.clone(), lease.clone());
                batch.push(lease);
            }
            Ok(None) => report.unchanged += 1,
            Err(fault) => report.rejected.push(Rejected {
                line,
                code: fault.code(),
                message: fault.message(request.language),
            }),
        }
        if batch.len() == BATCH {
            import(&tables, &mut batch, &mut report).await?;
        }
    }
    import(&tables, &mut batch, &mut report).await?;
    Reply::ok(&report)
}

async fn import(
    tables: &Tables,
    batch: &mut Vec<LeaseTerms>,
    report: &mut Report,
) -> Result<(), Error> {
    for imported in tables.store.import_leases(batch).await? {
        match imported.outcome {
            ImportOutcome::Created => report.created += 1,
            ImportOutcome::Updated => report.updated += 1,
            ImportOutcome::Unchanged => report.unchanged += 1,
        }
    }
    batch.clear();
    Ok(())
}
