//! The leases that a stack starts with, imported by `import-leases`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode, header};
use serde::Deserialize;
use shared::domain::LeaseReference;

use crate::gateway;
use crate::machine::Machine;

/// A signature that is not verified locally.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 \
    Credential=agency/20260101/eu-west-3/execute-api/aws4_request, \
    SignedHeaders=host, Signature=local";

/// A lease without an account.
#[derive(Clone, Debug, Deserialize)]
pub struct FreeLease {
    /// The reference.
    #[serde(rename = "lease")]
    pub reference: String,
    /// The main signatory's last name.
    pub last_name: String,
    #[serde(default)]
    ends_on: String,
}

/// Why the leases cannot be imported.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", .path.display())]
pub struct LeasesError {
    path: PathBuf,
    kind: Kind,
}

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    #[error("import-leases refuses it: {status} {1}", status = .0.as_u16())]
    Refused(StatusCode, String),
    #[error("import-leases rejects lines{}", lines(.0))]
    Rejected(Vec<Rejected>),
    #[error("is not CSV: {0}")]
    NotCsv(csv::Error),
}

#[derive(Debug, Deserialize)]
struct Imported {
    rejected: Vec<Rejected>,
}

#[derive(Debug, Deserialize)]
struct Rejected {
    line: u64,
    code: String,
    message: String,
}

/// The rejected lines, each in a line of its own.
fn lines(rejected: &[Rejected]) -> String {
    let line = |row: &Rejected| format!("\n  line {}: {} ({})", row.line, row.message, row.code);
    rejected.iter().map(line).collect()
}

/// Imports the CSV file at `path`, as an agency would. A repeated import changes nothing.
pub(crate) async fn import(machine: &Arc<Machine>, path: &Path) -> Result<(), LeasesError> {
    let failed = |kind| LeasesError { path: path.to_owned(), kind };
    let csv = fs::read(path).map_err(|error| failed(Kind::Unreadable(error)))?;
    let refused = |status, answer: &str| failed(Kind::Refused(status, answer.to_owned()));
    let request = Request::post("/api/agency/leases")
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, AUTHORIZATION)
        .header(header::CONTENT_TYPE, "text/csv; charset=utf-8")
        .header(header::ACCEPT_LANGUAGE, "en")
        .body(Body::from(csv))
        .map_err(|error| refused(StatusCode::BAD_REQUEST, &error.to_string()))?;
    let response = gateway::handle(State(Arc::clone(machine)), request).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    if status != StatusCode::OK {
        return Err(refused(status, &String::from_utf8_lossy(&body)));
    }
    let imported: Imported = serde_json::from_slice(&body)
        .map_err(|_| refused(status, &String::from_utf8_lossy(&body)))?;
    if imported.rejected.is_empty() {
        Ok(())
    } else {
        Err(failed(Kind::Rejected(imported.rejected)))
    }
}

/// The first `count` leases of the file that are free and have not ended.
pub(crate) fn free(
    machine: &Machine,
    path: &Path,
    count: usize,
) -> Result<Vec<FreeLease>, LeasesError> {
    let failed = |error| LeasesError { path: path.to_owned(), kind: Kind::NotCsv(error) };
    let today = machine.clock.now().strftime("%F").to_string();
    let mut free = Vec::new();
    for row in csv::Reader::from_path(path).map_err(failed)?.deserialize() {
        if free.len() == count {
            break;
        }
        let lease: FreeLease = row.map_err(failed)?;
        let has_ended = !lease.ends_on.is_empty() && lease.ends_on < today;
        if !has_ended && is_free(machine, &lease.reference) {
            free.push(lease);
        }
    }
    Ok(free)
}

/// Whether the lease with this reference in the file is free. An unknown lease is not.
fn is_free(machine: &Machine, written: &str) -> bool {
    let Ok(reference) = LeaseReference::in_file(written) else {
        return false;
    };
    let key = format!("lease#{}", reference.as_str());
    let mut rows = machine.template.tables.iter().filter_map(|table| {
        // A lease that cannot be read is not proposed.
        machine.engine.find_row(table, &key).ok()?
    });
    rows.next().is_some_and(|row| row.get("tenant").is_none())
}
