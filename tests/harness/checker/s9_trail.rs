//! 9. The audit trail has one act for each change, and no act without a change. `acts` checks the
//!    rows in which acts are kept; this file checks the log.
//!
//! Checked with the journal and the trail, for each invocation that has ended: an invocation that
//! changed rows of an account has exactly one line for it, with the right outcome; an invocation
//! with the outcome "done" of an operation that changes something has changed something, or repeats
//! a call that did. A fault excuses an outcome, but never a missing line. Reading is an act too,
//! with a line and without a change.
//!
//! Not acts: `deliver-mail`, which carries out acts of others; the use of a session, and the
//! replacement of its secret.
//! Left to journeys: who acted and from where. In a test binary that catches the log itself, the
//! trail is not checked.

use std::collections::{BTreeMap, BTreeSet};

use local::Event;
use serde_json::Value;

use super::books::{Books, Invocation};
use super::findings::Findings;
use super::row::{Row, split};

/// Operations that answer "done" to a repetition, or if nothing had to change.
const REPEATABLE: [&str; 12] = [
    "activate",
    "allow-mail",
    "answer-request",
    "change-lease",
    "close-account",
    "close-household",
    "confirm-email",
    "lift-stop",
    "logout",
    "record-mail-feedback",
    "revert-email",
    "revoke-session",
];
/// Operations with a line that change nothing: always, or if nothing is asked.
const READING: [&str; 7] = [
    "export-account",
    "get-account",
    "list-requests",
    "list-sessions",
    "request-agency",
    "show-household",
    "update-account",
];
/// The outcomes of the daily job and of imports that say that something was changed.
const CHANGED: [&str; 9] = [
    "done",
    "warned",
    "deactivated",
    "erased",
    "replanned",
    "exit_date_set",
    "exit_date_moved",
    "exit_date_removed",
    "details_changed",
];

pub(super) fn check(books: &mut Books, found: &mut Findings) {
    let mut acts = Vec::new();
    for (id, invocation) in &books.invocations {
        if invocation.ended.is_none() {
            continue;
        }
        let function = invocation.function.as_str();
        let changed = changed(invocation);
        acts.extend(changed.iter().map(|account| (function.to_owned(), account.clone())));
        check_invocation(books, *id, invocation, &changed, found);
    }
    books.acts.extend(acts);
}

fn check_invocation(
    books: &Books,
    id: u64,
    invocation: &Invocation,
    changed: &BTreeSet<String>,
    found: &mut Findings,
) {
    let function = invocation.function.as_str();
    let name = format!("{function} (invocation {id})");
    let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in &invocation.lines {
        if line.operation != function {
            found.add(9, format!("{name} has a line of {}", line.operation));
        }
        // A call of staff that is about no account.
        if line.account.is_empty() {
            continue;
        }
        // A failed write has the outcome `unavailable`.
        if !books.is_or_was(&line.account) && line.outcome != "unavailable" {
            found.add(9, format!("{name} has a line of tenant#{}, which never was", line.account));
        }
        lines.entry(line.account.as_str()).or_default().push(line.outcome.as_str());
    }
    for (account, outcomes) in lines.iter().filter(|(_, outcomes)| outcomes.len() > 1) {
        found.add(9, format!("{name} has several lines of tenant#{account}: {outcomes:?}"));
    }
    for account in changed {
        let outcome = lines.get(account.as_str()).and_then(|outcomes| outcomes.first());
        let says_so = outcome.is_some_and(|outcome| {
            CHANGED.contains(outcome)
                // A copied session ends, and the call with the copy is refused.
                || (function == "refresh-session" && *outcome == "unauthenticated")
                || invocation.struck
        });
        if !says_so {
            found.add(
                9,
                format!("{name} changed rows of tenant#{account}; the trail says {outcome:?}"),
            );
        }
    }
    if READING.contains(&function) {
        return;
    }
    for (account, outcomes) in &lines {
        let done = outcomes.iter().any(|outcome| CHANGED.contains(outcome));
        if !done || changed.contains(*account) {
            continue;
        }
        let before =
            |function: &str| books.acts.contains(&(function.to_owned(), (*account).to_owned()));
        let repeats = match function {
            // The row to delete, mark or end may be gone already.
            "allow-mail" | "lift-stop" | "logout" | "record-mail-feedback" | "revoke-session" => {
                true
            }
            "change-lease" => books.account(account).is_some(),
            "close-account" | "close-household" | "answer-request" => {
                let ended = books.account(account).is_some_and(|row| !row.is_active());
                let paper = books.account(account).map(|row| row.at("paperless.granted").clone());
                ended || paper == Some(Value::Bool(false)) || before("answer-request")
            }
            _ => REPEATABLE.contains(&function) && before(function),
        };
        // The first caller may still be running.
        let under_way = books
            .invocations
            .values()
            .any(|other| other.function == function && !std::ptr::eq(other, invocation));
        if !repeats && !under_way {
            found.add(
                9,
                format!(
                    "{name} says {outcomes:?} of tenant#{account}, and changed nothing; if it may \
                     repeat, REPEATABLE in tests/harness/checker/s9_trail.rs says so"
                ),
            );
        }
    }
}

/// The accounts whose rows an invocation changed, if that change is an act.
fn changed(invocation: &Invocation) -> BTreeSet<String> {
    let mut accounts = BTreeSet::new();
    for call in &invocation.calls {
        let Event::Write(changes) = &call.record.event else { continue };
        for change in changes {
            let [before, after] =
                [&change.before, &change.after].map(|it| it.as_ref().map(Row::of));
            if before != after {
                let function = &invocation.function;
                accounts.extend(account_of(function, &change.key, before.as_ref(), after.as_ref()));
            }
        }
    }
    accounts
}

/// The account of a row, if a change of it is an act.
fn account_of(
    function: &str,
    key: &str,
    before: Option<&Row>,
    after: Option<&Row>,
) -> Option<String> {
    let (kind, id) = split(key);
    let changes = |name: &str| {
        let value = |row: Option<&Row>| row.map(|row| row.at(name).clone()).unwrap_or_default();
        value(before) != value(after)
    };
    let tenant = || {
        let row = after.filter(|row| row.has("tenant")).or(before);
        let id = row.and_then(|row| row.text("tenant"));
        // A registration that waits is filed under its lease.
        id.filter(|id| !id.starts_with("lease:")).map(str::to_owned)
    };
    match (function, kind) {
        ("deliver-mail", _) => None,
        (_, "tenant") => Some(id.to_owned()),
        (_, "session") if before.is_some() && after.is_some() && !changes("epoch") => None,
        (
            _,
            "email" | "session" | "registration" | "password-reset" | "email-change" | "revert"
            | "agency-request",
        ) => tenant(),
        _ => None,
    }
}
