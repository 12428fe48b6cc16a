//! 4. A session can be used only while its epoch is the epoch of its account.
//!
//! Checked with the tables: no session has a later epoch than its account, and none lives too long.
//! Checked with the journal: an invocation that answered a signed-in call or a refresh with success
//! had read a session and its account that belonged together at some moment of its reads: same
//! epoch, active, not expired. Left to journeys: that a secret belongs to the session, which no row
//! shows.

use std::sync::Arc;

use local::Event;

use super::books::{Books, Invocation};
use super::findings::Findings;
use super::row::{Row, split};
use crate::documented;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Whether `function` serves only callers with a session.
fn needs_session(function: &str) -> bool {
    let mut operations = documented().iter();
    function == "refresh-session"
        || operations.any(|operation| operation.name == function && operation.needs_access_token())
}

pub(super) fn check(books: &Books, found: &mut Findings) {
    for (key, row) in books.touched().filter(|(key, _)| split(key).0 == "session") {
        check_session(books, key, row, found);
    }
    for (id, invocation) in &books.invocations {
        let Some((Some(200..=299), _)) = invocation.ended else { continue };
        if needs_session(&invocation.function) {
            check_opened(books, *id, invocation, found);
        }
    }
}

fn check_session(books: &Books, key: &str, row: &Row, found: &mut Findings) {
    let number = |name: &str| row.number(name);
    let (Some(created), Some(seen), Some(expires)) =
        (number("created_at"), number("seen_at"), number("expires_at"))
    else {
        found.add(4, format!("{key} does not say when it was made, seen and expires"));
        return;
    };
    let persistent = row.at("persistent").as_bool().unwrap_or_default();
    let idle = if persistent { 30 * DAY } else { 12 * HOUR };
    if expires > (seen + idle).min(created + 30 * DAY) {
        let is = row.shown(&["created_at", "seen_at", "expires_at", "persistent"]);
        found.add(4, format!("{key} lives longer than it may: {is}"));
    }
    let account = row.text("tenant").and_then(|id| books.account(id));
    let of_account = account.and_then(|account| account.number("epoch"));
    if of_account.is_some_and(|epoch| number("epoch").is_none_or(|its| its > epoch)) {
        let epoch = number("epoch");
        found.add(4, format!("{key} is of epoch {epoch:?}, its account of {of_account:?}"));
    }
    for name in ["secret", "previous"] {
        // SHA-256 in base64url has 43 characters.
        if row.text(name).map_or(name == "secret", |hash| hash.len() != 43) {
            found.add(4, format!("{key} keeps something else than a hash as {name}"));
        }
    }
}

/// A session that the invocation read belonged to the account that it read.
fn check_opened(books: &Books, id: u64, invocation: &Invocation, found: &mut Findings) {
    let (mut sessions, mut accounts) = (Vec::new(), Vec::new());
    for call in &invocation.calls {
        let Event::Read { rows, since, .. } = &call.record.event else { continue };
        for (table, key) in rows {
            let read = books.between(table, key, *since, call.number);
            match split(key).0 {
                "session" => sessions.extend(read),
                "tenant" => accounts.extend(read.into_iter().map(|row| (key.clone(), row))),
                _ => {}
            }
        }
    }
    let at = invocation.calls.first().map_or(books.now, |call| call.record.at);
    let opens = |session: &Arc<Row>| {
        accounts.iter().any(|(key, account)| {
            account.is_active()
                && session.text("tenant") == Some(split(key).1)
                && session.number("epoch") == account.number("epoch")
                && !session.has_expired(at)
        })
    };
    if !sessions.iter().any(opens) {
        let sessions: Vec<String> =
            sessions.iter().map(|row| row.shown(&["tenant", "epoch", "expires_at"])).collect();
        let accounts: Vec<String> = accounts
            .iter()
            .map(|(key, row)| format!("{key} {}", row.shown(&["status", "epoch"])))
            .collect();
        let function = &invocation.function;
        found.add(
            4,
            format!(
                "{function} (invocation {id}) opened an account; it had read the sessions \
                 {sessions:?} and the accounts {accounts:?} at {at}"
            ),
        );
    }
}
