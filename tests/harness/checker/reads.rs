//! 10. Decisions rest on consistent reads. An index may be out of date, so no decision rests on
//!     an index alone.
//!
//! Checked with the journal of every test: each read of a table is consistent, without exception.
//! Each index is one of those below. An invocation that changes an account has read it before, by
//! its key.

use std::collections::BTreeSet;

use local::Event;

use super::books::{Books, Invocation};
use super::findings::Findings;
use super::row::split;

/// The indexes, the functions that read them, and why an answer that is out of date does no harm.
const INDEXES: [(&str, &[&str], &str); 5] = [
    ("lifecycle", &["expire-accounts"], "each account is read by its key before its step is done"),
    (
        "by_tenant",
        &["export-account", "list-imports", "list-requests", "list-sessions"],
        "it says which rows there are; each is read by its key, and nothing is written",
    ),
    (
        "by_tenant",
        &["send-again"],
        "it says which registrations there are; the one whose mail is sent is read by its key",
    ),
    (
        "listed",
        &["list-open-requests", "search-households"],
        "it says which rows there are; each is read by its key, and nothing is written",
    ),
    ("outbox", &["deliver-mail"], "the claim of a mail is conditional on its row"),
];

pub(super) fn check(books: &Books, found: &mut Findings) {
    for (id, invocation) in &books.invocations {
        if invocation.ended.is_some() {
            check_invocation(*id, invocation, found);
        }
    }
}

fn check_invocation(id: u64, invocation: &Invocation, found: &mut Findings) {
    let function = invocation.function.as_str();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for call in &invocation.calls {
        match &call.record.event {
            Event::Read { rows, index: None, consistent: true, .. } => {
                known.extend(rows.iter().map(|(_, key)| key.as_str()));
            }
            Event::Read { rows, index: None, .. } => {
                let keys: Vec<_> = rows.iter().map(|(_, key)| key).collect();
                let what =
                    format!("{function} (invocation {id}) read {keys:?} as they may have been");
                found.add(10, what);
            }
            Event::Read { index: Some(index), .. } => {
                let mut allowed = INDEXES.iter().filter(|(name, ..)| name == index);
                if !allowed.any(|(_, functions, _)| functions.contains(&function)) {
                    found.add(10, format!("{function} (invocation {id}) asked the index {index}"));
                }
            }
            Event::Write(changes) => {
                for change in
                    changes.iter().filter(|it| it.before.is_some() && it.before != it.after)
                {
                    let key = change.key.as_str();
                    if split(key).0 == "tenant" && !known.contains(key) {
                        let what = "changed without having read it";
                        found.add(10, format!("{function} (invocation {id}): {key} {what}"));
                    }
                }
            }
            Event::Send { .. } | Event::Other | Event::End { .. } => {}
        }
    }
}
