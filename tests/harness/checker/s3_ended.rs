//! 3. A deactivated or erased account has no credentials, no lease, and no session that can be
//!    used.
//!
//! Checked with the tables: all of it; that the rest of an erased account names nobody; that rows
//! that expire belong to existing accounts. Statement 4 checks with the journal that a session of
//! an ended account opened nothing.

use super::books::Books;
use super::findings::Findings;
use super::row::{Row, split};

/// The attributes of an erased account.
const TRACE: [&str; 4] = ["id", "created_at", "deactivated_at", "erased_at"];
/// The attributes that only an active account has.
const OF_ACTIVE: [&str; 5] =
    ["closes_on", "warned_on", "reverts", "asked_to_close", "asked_for_paper"];
/// The kinds of rows of `tokens` that are made for an account.
const OF_ACCOUNT: [&str; 8] = [
    "act",
    "session",
    "notice",
    "registration",
    "password-reset",
    "email-change",
    "revert",
    "agency-request",
];

pub(super) fn check(books: &Books, found: &mut Findings) {
    let (addresses, leases) = (books.addresses(), books.leases());
    for (id, account) in books.tenants_of("tenant") {
        if account.is_active() {
            continue;
        }
        let key = format!("tenant#{id}");
        if account.is_erased() {
            let more: Vec<&str> = account.names().filter(|name| !TRACE.contains(name)).collect();
            if !more.is_empty() {
                found.add(3, format!("{key} is erased and still has {more:?}"));
            }
        } else if account.is_deactivated() {
            check_deactivated(&key, account, found);
        } else {
            let is = account.at("status");
            found.add(3, format!("{key} is neither active, deactivated nor erased: {is}"));
        }
        for address in addresses.get(id).into_iter().flatten() {
            found.add(3, format!("{key} has ended and has the credentials email#{address}"));
        }
        for reference in leases.get(id).into_iter().flatten() {
            found.add(3, format!("{key} has ended and holds lease#{reference}"));
        }
    }
    for (key, row) in books.touched() {
        check_token(books, key, row, found);
    }
}

fn check_deactivated(key: &str, account: &Row, found: &mut Findings) {
    for name in OF_ACTIVE.iter().filter(|name| account.has(name)) {
        found.add(3, format!("{key} is deactivated and still has {name}: {}", account.at(name)));
    }
    for name in ["closure.at", "closure.by"].iter().filter(|name| !account.has(name)) {
        found.add(3, format!("{key} is deactivated without {name}"));
    }
}

/// The account of a session exists. If it has ended, the session is of an earlier epoch.
fn check_token(books: &Books, key: &str, row: &Row, found: &mut Findings) {
    let (kind, _) = split(key);
    let Some(id) = row.text("tenant").filter(|_| OF_ACCOUNT.contains(&kind)) else {
        return;
    };
    if kind == "registration" && !row.has("used_at") && id.starts_with("lease:") {
        let lease = row.text("payload.lease.reference").unwrap_or_default();
        if id != format!("lease:{lease}") {
            found.add(3, format!("{key} is a registration with lease#{lease} filed under {id}"));
        }
        return;
    }
    let Some(account) = books.account(id) else {
        if kind != "notice" && !books.is_or_was(id) {
            found.add(3, format!("{key} is made for tenant#{id}, which never was"));
        }
        return;
    };
    if kind == "session" && account.is_deactivated() && !row.has_expired(books.now) {
        let (its, epoch) = (row.number("epoch"), account.number("epoch"));
        if its >= epoch {
            found.add(
                3,
                format!("tenant#{id} is deactivated at epoch {epoch:?}; {key} has {its:?}"),
            );
        }
    }
}
