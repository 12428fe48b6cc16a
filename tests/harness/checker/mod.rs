//! Checks the statements that always hold (docs/INVARIANTS.md) with the rows, the mails and the
//! audit trail. It does not use the code that wrote them. Each statement has a file, which says
//! what the file checks and what is left to journeys.
//!
//! There are three sources:
//!
//! - **the tables**: every row of `tenants`, the rows of `tokens` that were written since the
//!   last reading, and at the end all rows;
//! - **the journal** of the stack: every write with the rows before and after it, every read,
//!   every mail passed to SES, each with its invocation and the fault that struck it;
//! - **the audit trail**, by invocation.
//!
//! A state between cause and effect is not broken: a mail that waits, a row that has expired and is
//! not yet deleted, a link that nobody has followed. Rows of unknown kinds belong to tests, and are
//! ignored. A row that a test writes is checked like any other, but is no act of a function.

mod acts;
mod books;
mod findings;
mod reads;
mod row;
mod s11_lists;
mod s1_credentials;
mod s2_leases;
mod s3_ended;
mod s4_sessions;
mod s5_links;
mod s6_mails;
mod s7_plans;
mod s8_strangers;
mod s9_trail;
mod trail;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use local::Record;
use serde_json::Value;

use books::Books;
pub use findings::Broken;
use findings::Findings;
use row::Row;
pub(crate) use watch::Watch;

/// Checks one stack, again and again.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    books: Books,
    read: usize,
    found: Findings,
}

/// What a checker reads of a stack.
pub(crate) struct Look {
    pub(crate) now: Timestamp,
    /// The records of the journal since the last reading.
    pub(crate) records: Vec<Arc<Record>>,
    /// The mails since the last reading, oldest first.
    pub(crate) mails: Vec<Value>,
}

impl Checker {
    /// A checker of a stack with these `functions` and `variables`.
    pub(crate) fn new(functions: BTreeSet<String>, variables: BTreeMap<String, String>) -> Self {
        trail::listen();
        let books = Books::of(functions, variables);
        Self { books, ..Self::default() }
    }

    /// The numbers of records and of mails that were read.
    pub(crate) fn read(&self) -> (usize, usize) {
        (self.read, self.books.mails.len())
    }

    /// Reads on, and returns everything that was found broken so far.
    pub(crate) fn check(&mut self, look: Look) -> Vec<Broken> {
        let (books, found) = (&mut self.books, &mut self.found);
        books.now = look.now;
        for mail in look.mails {
            books.enter_mail(mail);
        }
        for record in look.records {
            if let Some(entry) = books.enter(self.read, &record)
                && books.is_function(&entry.function)
            {
                s5_links::check_write(&entry, found);
                s6_mails::check_write(&entry, found);
                s7_plans::check_write(books, &entry, found);
                s8_strangers::check_write(&entry, found);
                s11_lists::check_write(&entry, found);
                acts::check_write(&entry, found);
            }
            self.read += 1;
        }
        s1_credentials::check(books, found);
        s2_leases::check(books, found);
        s3_ended::check(books, found);
        s4_sessions::check(books, found);
        s5_links::check(books, found);
        s6_mails::check(books, found);
        s7_plans::check(books, found);
        s8_strangers::check(books, found);
        reads::check(books, found);
        s11_lists::check(books, found);
        if trail::is_heard() {
            s9_trail::check(books, found);
        }
        books.forget();
        found.all()
    }

    /// Reads the whole tables once more. If they differ from the journal, the local stack has a
    /// fault, or something wrote without it.
    pub(crate) fn check_whole(
        &mut self,
        look: Look,
        rows: &BTreeMap<String, Vec<Value>>,
    ) -> Vec<Broken> {
        // Counts change too often to be in the journal: they are only read here.
        for item in rows.get("tokens").into_iter().flatten() {
            let key = item["pk"]["S"].as_str().unwrap_or_default();
            if key.starts_with("throttle#") {
                self.books.tokens.insert(key.to_owned(), Arc::new(Row::of(item)));
            }
        }
        self.books.touched = self.books.tokens.keys().cloned().collect();
        s8_strangers::check_mails(&self.books, &mut self.found);
        let broken = self.check(look);
        for (table, rows) in rows {
            let known = if table == "tenants" { &self.books.tenants } else { &self.books.tokens };
            let there: BTreeMap<&str, Row> = rows
                .iter()
                .filter_map(|item| Some((item["pk"]["S"].as_str()?, Row::of(item))))
                .collect();
            for (key, row) in &there {
                let same = known.get(*key).is_some_and(|known| **known == *row);
                assert!(same, "{table} {key}: the journal differs from the table");
            }
            for (key, row) in known {
                let swept = row.has_expired(self.books.now);
                assert!(swept || there.contains_key(key.as_str()), "{table} {key}: not there");
            }
        }
        broken
    }
}
