//! Imports of files by members of staff: what was shown to them, and how far it is done.

use std::ops::ControlFlow;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::query::Query;
use super::rules;
use super::{Item, Store, Table, Write, item, key, n, pk, read, s};
use crate::domain::{ImportId, StaffMember};
use crate::error::Error;

/// How long what a preview showed can be confirmed.
const PREVIEW: SignedDuration = SignedDuration::from_hours(1);
/// How long a done import is listed.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// An import that has not gone on for so long was interrupted.
const STALLED: SignedDuration = SignedDuration::from_mins(1);

/// The most bytes of a file in one row: an item of DynamoDB has 400 KB at most.
const PART: usize = 350_000;

/// How far an import is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportState {
    /// Its changes were shown; nothing is written.
    Previewed,
    /// Its changes are being written.
    Running,
    /// Its changes are written.
    Done,
}

/// An import of a file by a member of staff, as it is stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StaffImport {
    /// Its id.
    pub id: ImportId,
    /// The name of the file.
    pub file: String,
    /// SHA-256 of the file.
    pub digest: String,
    /// The content type that the file came with.
    pub content_type: String,
    /// In how many rows the file is kept, until the preview expires.
    pub parts: usize,
    /// The name of who has previewed it, then of who has confirmed it.
    pub by: String,
    /// Its state.
    pub state: ImportState,
    /// The first batch of 100 leases whose writing has not begun.
    pub batch: usize,
    /// What each batch would change, by fingerprint. Removed when the import is done.
    #[serde(default)]
    pub fingerprints: Vec<String>,
    /// How many rows the file has.
    pub received: usize,
    /// How many leases are new; while it runs, up to the present batch.
    pub created: usize,
    /// How many leases change; while it runs, up to the present batch.
    pub updated: usize,
    /// How many rows are rejected.
    pub rejected: usize,
    /// How many accounts would end that did not, or end earlier.
    pub ending: usize,
    /// How many leases of the file have an account.
    pub with_account: usize,
    /// When the preview was made.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// When the import last went on.
    #[serde(with = "second::required")]
    pub seen_at: Timestamp,
    /// Until when the preview can be confirmed, or the import is listed.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
}

impl StaffImport {
    /// The end of a preview made at `now`.
    #[must_use]
    pub fn preview_ends(now: Timestamp) -> Timestamp {
        now.saturating_add(PREVIEW).unwrap_or(Timestamp::MAX)
    }

    /// In how many rows a file of `bytes` is kept.
    #[must_use]
    pub fn parts_of(bytes: usize) -> usize {
        bytes.div_ceil(PART)
    }

    /// Whether the row has expired at `now`.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// Whether the import was interrupted: it runs, but has not gone on for a minute.
    #[must_use]
    pub fn is_stalled(&self, now: Timestamp) -> bool {
        self.state == ImportState::Running && now.duration_since(self.seen_at) >= STALLED
    }
}

impl Store {
    /// The import `id`, expired or not.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_staff_import(&self, id: ImportId) -> Result<Option<StaffImport>, Error> {
        self.find(Table::Tokens, key::import(id)).await
    }

    /// Keeps a preview and its `file`, which may be confirmed without sending it again.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn preview_staff_import(
        &self,
        import: &StaffImport,
        file: &[u8],
    ) -> Result<(), Error> {
        for (part, bytes) in file.chunks(PART).enumerate() {
            let row = Item::from([
                ("pk".to_owned(), s(key::import_part(import.id, part))),
                ("file".to_owned(), AttributeValue::B(Blob::new(bytes))),
                ("expires_at".to_owned(), n(import.expires_at.as_second())),
            ]);
            self.insert(Action::put(Table::Tokens, row, rules::new())).await?;
        }
        let mut row = item(key::import(import.id), import)?;
        row.insert("tenant".to_owned(), s(key::IMPORTS));
        self.insert(Action::put(Table::Tokens, row, rules::new())).await
    }

    /// The file of `import`; `None` once a part of it is gone.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_imported_file(&self, import: &StaffImport) -> Result<Option<Vec<u8>>, Error> {
        let keys: Vec<String> =
            (0..import.parts).map(|part| key::import_part(import.id, part)).collect();
        let mut rows = self.find_all(Table::Tokens, keys.clone()).await?;
        let mut file = Vec::new();
        for key in keys {
            let Some(at) = rows.iter().position(|row| pk(row) == key) else { return Ok(None) };
            match rows.swap_remove(at).remove("file") {
                Some(AttributeValue::B(bytes)) => file.extend(bytes.into_inner()),
                _ => return Ok(None),
            }
        }
        Ok(Some(file))
    }

    /// Records that `member` begins to write the batch before `next.batch`, if the import still is as
    /// `read`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn go_on_with_staff_import(
        &self,
        read: &StaffImport,
        next: &StaffImport,
        member: &StaffMember,
    ) -> Result<Write, Error> {
        let expires_at = next.seen_at.saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        let update = Action::update(
            Table::Tokens,
            key::import(read.id),
            rules::import_as_read(&read.state, read.batch)?,
        );
        let update = update
            .set("state", &next.state)
            .set("batch", &next.batch)
            .set("created", &next.created)
            .set("updated", &next.updated)
            .set("rejected", &next.rejected)
            .set("by", &member.name)
            .set("seen_at", &next.seen_at.as_second())
            .set("expires_at", &expires_at.as_second());
        let update = match next.state {
            ImportState::Done => update.remove("fingerprints"),
            ImportState::Previewed | ImportState::Running => update,
        };
        self.write(update).await
    }

    /// The unexpired imports of staff, the last first.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn staff_imports(&self) -> Result<Vec<StaffImport>, Error> {
        let query = Query {
            table: Table::Tokens,
            index: key::BY_TENANT,
            hash: ("tenant", s(key::IMPORTS)),
            range: None,
            page: None,
        };
        let mut keys = Vec::new();
        self.query(query, |item| {
            keys.push(pk(&item).to_owned());
            Ok(ControlFlow::Continue(()))
        })
        .await?;
        let now = self.clock.now();
        let rows = self.find_all(Table::Tokens, keys).await?.into_iter();
        let rows: Result<Vec<StaffImport>, Error> = rows.map(read).collect();
        let mut imports = rows?;
        imports.retain(|import| !import.has_expired(now));
        imports.sort_by_key(|import| std::cmp::Reverse((import.seen_at, import.created_at)));
        Ok(imports)
    }
}
