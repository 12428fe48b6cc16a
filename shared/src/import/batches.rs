//! The rows of a file, batch by batch, and the report that grows with them.

use jiff::Timestamp;
use ring::digest::{Context, SHA256};

use super::column::Column;
use super::endings::Consequences;
use super::fault::{Fault, Kind};
use super::file::{File, Row};
use super::report::{Rejected, Report};
use crate::domain::{Agencies, FieldCode, Language, LeaseTerms};
use crate::store::{ImportOutcome, Imported};

/// How many leases one call of the store writes.
pub const BATCH: usize = 100;

/// The rows of a file, up to 100 at a time. Only those of one batch are kept in memory.
pub struct Batches<'a> {
    rows: Box<dyn Iterator<Item = Row> + Send + 'a>,
    covers: &'a Agencies,
    language: Language,
    /// The lines of the leases of the present batch.
    lines: Vec<usize>,
    /// The report of the rows so far.
    pub report: Report<'a>,
}

impl std::fmt::Debug for Batches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").field("report", &self.report).finish_non_exhaustive()
    }
}

impl<'a> Batches<'a> {
    pub(super) fn new(
        file: &'a File,
        language: Language,
        now: Timestamp,
        covers: &'a Agencies,
    ) -> Self {
        let report = Report::new(file.read_as(), Consequences::seen_at(now));
        Self { rows: Box::new(file.rows()), covers, language, lines: Vec::new(), report }
    }

    /// The leases of the next batch; `None` at the end of the file. Other rows are counted.
    #[expect(clippy::should_implement_trait, reason = "between two calls, `count` is called")]
    pub fn next(&mut self) -> Option<Vec<LeaseTerms>> {
        self.lines.clear();
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            let Some(row) = self.rows.next() else { break };
            self.report.received += 1;
            match row.lease {
                Ok(_) if row.is_repeated => self.report.unchanged += 1,
                Ok(terms) if self.covers.cover(&terms.agency) => {
                    self.lines.push(row.line);
                    batch.push(terms);
                }
                Ok(_) => self.reject(row.line, &not_covered()),
                Err(fault) => self.reject(row.line, &fault),
            }
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Counts what was done with the leases of the present batch, or would be.
    pub fn count(&mut self, taken: &[Imported]) {
        for (index, imported) in taken.iter().enumerate() {
            match imported.outcome {
                ImportOutcome::Created => self.report.created += 1,
                ImportOutcome::Updated => self.report.updated += 1,
                ImportOutcome::Unchanged => self.report.unchanged += 1,
                ImportOutcome::NotCovered => {
                    let line = self.lines.get(index).copied().unwrap_or_default();
                    self.reject(line, &not_covered());
                }
            }
            self.report.changes.count(imported);
            self.report.consequences.count(imported);
        }
    }

    fn reject(&mut self, line: usize, fault: &Fault) {
        self.report.rejected.push(Rejected {
            line,
            column: fault.column().map(str::to_owned),
            code: fault.code(),
            message: fault.message(self.language),
        });
    }
}

/// The fault of a lease of an agency that the importer does not look after.
fn not_covered() -> Fault {
    Kind::Field(FieldCode::NotAllowed).of(Column::AgencyName.name())
}

/// What a batch would change, in a few characters: another fingerprint means other changes.
#[must_use]
pub fn fingerprint(taken: &[Imported]) -> String {
    let mut digest = Context::new(&SHA256);
    for imported in taken {
        digest.update(&imported.fingerprint);
    }
    let digest = digest.finish();
    let first = digest.as_ref().iter().take(8);
    first.fold(String::new(), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}
