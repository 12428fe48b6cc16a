//! Importing a file of leases: reading it, row by row; what it would change; changing that.
//!
//! `import-leases` does it for the landlord's system in one call. In the agency's pages
//! `preview-import` says what a file would change, and `apply-import` changes exactly that.

mod batches;
mod column;
mod decode;
mod endings;
mod fault;
mod file;
mod line;
mod report;
mod scan;
mod table;
pub mod words;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};

pub use self::batches::{BATCH, Batches, fingerprint};
use self::decode::declared;
pub use self::endings::Consequences;

use self::file::File;
pub use self::report::{Changes, Rejected, Report};
use crate::audit::{self, By};
use crate::domain::{Agencies, Language};
use crate::error::Error;
use crate::http::Call;
use crate::store::{ChangedEnd, Imported, Store};

/// The largest file, in bytes.
const MAX_FILE: usize = 2 * 1024 * 1024;

/// A file of leases to import.
#[derive(Debug)]
pub struct Import {
    file: File,
    /// The language of the messages about rows.
    language: Language,
    /// SHA-256 of the file, in base64url.
    digest: String,
}

/// The content types of files of leases.
const MEDIA_TYPES: [&str; 2] = ["text/csv", "application/x-ndjson"];

impl Import {
    /// The file in the body of `call`.
    ///
    /// # Errors
    ///
    /// `unsupported_media_type`, `payload_too_large`, `malformed_body`; `invalid_fields` for the
    /// columns that the header lacks or has twice.
    pub fn parse(call: &Call) -> Result<Self, Error> {
        if !MEDIA_TYPES.contains(&call.media_type().as_str()) {
            return Err(Error::UnsupportedMediaType);
        }
        let content_type = call.header("content-type").unwrap_or_default();
        Self::read(content_type, call.body(MAX_FILE)?.to_vec(), call.language())
    }

    /// The file of `body`, which came as `content_type`. Messages are in `language`.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn read(content_type: &str, body: Vec<u8>, language: Language) -> Result<Self, Error> {
        let declared = declared(content_type)?;
        let is_csv = content_type.trim_start().to_ascii_lowercase().starts_with("text/csv");
        let digest = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &body));
        let file = if is_csv { File::csv(body, declared)? } else { File::ndjson(body, declared)? };
        Ok(Self { file, language, digest })
    }

    /// SHA-256 of the file, in base64url.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether a row has an exit date, so that the file may end accounts.
    #[must_use]
    pub fn may_end(&self) -> bool {
        self.file.rows().any(|row| row.lease.is_ok_and(|lease| lease.ends_on.is_some()))
    }

    /// The rows, up to 100 at a time, and the report of them at `now`. Rows about agencies that
    /// `covers` leaves out are rejected.
    #[must_use]
    pub fn batches<'a>(&'a self, now: Timestamp, covers: &'a Agencies) -> Batches<'a> {
        Batches::new(&self.file, self.language, now, covers)
    }

    /// What the import would do. Nothing is written.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn survey<'a>(
        &'a self,
        store: &Store,
        now: Timestamp,
        covers: &'a Agencies,
    ) -> Result<Report<'a>, Error> {
        let mut batches = self.batches(now, covers);
        while let Some(terms) = batches.next() {
            let taken = store.survey_leases(&terms, covers).await?;
            batches.count(&taken);
        }
        Ok(batches.report)
    }
}

/// Writes the change of an account into its audit trail as an act of `operation`, also if `written`
/// is an error: then the change may have been made.
pub fn note(operation: &str, by: &By, imported: &Imported, written: Result<(), &Error>) {
    let Some(account) = imported.account.filter(|_| imported.changes_account) else {
        return;
    };
    let outcome = match (written, imported.end.map(ChangedEnd::name)) {
        (Err(error), _) => error.code().to_owned(),
        (Ok(()), Some(changed)) => format!("exit_date_{changed}"),
        (Ok(()), None) => "details_changed".to_owned(),
    };
    audit::record(operation, by, account, &outcome);
}
