//! 5. A link takes effect once at most, within its lifetime, and only for the purpose and the
//!    account that it was made for.
//!
//! Checked with the journal: each use is in the same write as its effect, and there is no effect
//! without a use. Checked with the tables: lifetimes, and what a used link still keeps. Left to
//! journeys: that a forged token, or one of another kind, is refused before any table is read.

use super::books::{Books, Entry, Written};
use super::findings::Findings;
use super::row::{Row, folded, split};

/// The kinds of links: the function that uses it, and its lifetime in seconds. [`BY_STAFF`] answers an
/// agency's request, too.
pub(super) const LINKS: [(&str, &str, i64); 5] = [
    ("registration", "activate", 24 * 3_600),
    ("password-reset", "reset-password", 3_600),
    ("email-change", "confirm-email", 24 * 3_600),
    ("revert", "revert-email", 7 * 24 * 3_600),
    ("agency-request", "answer-request", 30 * 24 * 3_600),
];

/// How staff answer a request, instead of following its link.
const BY_STAFF: &str = "settle-request";

/// Whether `function` uses links of the kind that `user` uses.
fn uses(function: &str, user: &str) -> bool {
    function == user || (function == BY_STAFF && user == "answer-request")
}

fn kind_of(key: &str) -> Option<(&'static str, &'static str, i64)> {
    LINKS.into_iter().find(|(kind, ..)| *kind == split(key).0)
}

pub(super) fn check(books: &Books, found: &mut Findings) {
    for (key, row) in books.touched() {
        let Some((kind, _, lifetime)) = kind_of(key) else { continue };
        // A test may write a row that cannot be read as a link.
        let (Some(created), Some(expires)) = (row.number("created_at"), row.number("expires_at"))
        else {
            continue;
        };
        if !books.by_hand.contains(key) && expires - created != lifetime {
            found.add(5, format!("{key} lives {} s, not {lifetime}", expires - created));
        }
        let Some(used) = row.number("used_at") else { continue };
        if used < created || used >= expires {
            let is = row.shown(&["created_at", "expires_at", "used_at"]);
            found.add(5, format!("{key} was used out of its time: {is}"));
        }
        if row.has("outbox") || !row.has("settled") {
            let is = row.shown(&["outbox", "settled"]);
            found.add(5, format!("{key} is used and its mail still waits: {is}"));
        }
        if kind == "registration" && row.has("payload.password") {
            found.add(5, format!("{key} is used and still keeps a password"));
        }
        if row.text("tenant").is_none_or(|id| !books.is_or_was(id)) {
            found.add(5, format!("{key} is used, of no account: {}", row.at("tenant")));
        }
    }
}

/// Checks what one write of a function changed.
pub(super) fn check_write(entry: &Entry, found: &mut Findings) {
    for written in &entry.rows {
        if let Some((kind, user, _)) = kind_of(&written.key)
            && let Written { before: Some(before), after: Some(after), .. } = written
        {
            check_link(entry, written, (before, after), (kind, user), found);
        }
    }
    let of_entry = LINKS.into_iter().find(|(_, user, _)| uses(&entry.function, user));
    let Some((kind, ..)) = of_entry else {
        return;
    };
    let acts = entry.rows.iter().any(|row| row.table == "tenants");
    let used = entry.of(kind).any(|row| {
        let used = |row: &Option<_>| {
            row.as_ref().is_some_and(|row: &std::sync::Arc<Row>| row.has("used_at"))
        };
        !used(&row.before) && used(&row.after)
    });
    if acts && !used {
        let keys: Vec<&str> = entry.rows.iter().map(|row| row.key.as_str()).collect();
        found.add(5, format!("{} acted without using a {kind}: {keys:?}", entry.function));
    }
}

fn check_link(
    entry: &Entry,
    written: &Written,
    (before, after): (&Row, &Row),
    (kind, user): (&str, &str),
    found: &mut Findings,
) {
    let Written { key, .. } = written;
    for name in ["created_at", "expires_at", "used_at", "tenant", "epoch"] {
        // Until it is used, a registration is filed under its lease.
        let files = name == "tenant" && kind == "registration" && after.has("used_at");
        if before.has(name) && before.at(name) != after.at(name) && !files {
            let (was, is) = (before.at(name), after.at(name));
            found.add(5, format!("{} changed {name} of {key} from {was} to {is}", entry.function));
        }
    }
    if before.has("used_at") || !after.has("used_at") {
        return;
    }
    if !uses(&entry.function, user) {
        found.add(5, format!("{} used {key}, which is for {user} alone", entry.function));
    }
    // A used link could be used just before.
    let used_at = after.number("used_at").unwrap_or_default();
    if before.number("expires_at").is_none_or(|expires| expires <= used_at) {
        let is = after.shown(&["expires_at", "used_at"]);
        found.add(5, format!("{key} was used past its time: {is}"));
    }
    let id = after.text("tenant").unwrap_or_default();
    let account = entry.of("tenant").find(|row| split(&row.key).1 == id);
    let effect = match account {
        None => Err("its account was not changed with it".to_owned()),
        Some(account) => effect(kind, split(key).1, before, account),
    };
    if let Err(why) = effect {
        found.add(5, format!("{} used {key} of tenant#{id}, but {why}", entry.function));
    }
}

/// Whether using a link had its effect.
fn effect(kind: &str, id: &str, link: &Row, account: &Written) -> Result<(), String> {
    let (before, after) = (account.before.as_deref(), account.after.as_deref());
    let email = |row: &Row| row.text("email").map(folded);
    let wanted = link.text("payload.email").map(folded);
    let Some(after) = after else {
        return Err("the account is gone".to_owned());
    };
    if kind == "registration" {
        let lease = link.text("payload.lease.reference");
        let is = before.is_none() && email(after) == wanted && after.text("lease") == lease;
        return if is { Ok(()) } else { Err(format!("made no account for {lease:?}")) };
    }
    let Some(before) = before else {
        return Err("there was no account".to_owned());
    };
    let epochs = [link, before, after].map(|row| row.number("epoch").unwrap_or(-1));
    let moved = epochs[1] + 1 == epochs[2];
    let same = epochs[0] == epochs[1];
    let holds = match kind {
        "password-reset" => same && moved && email(before) == email(after),
        "email-change" => same && moved && email(after) == wanted,
        "revert" => {
            let reverts = before.at("reverts").as_array().cloned().unwrap_or_default();
            let known = reverts.iter().any(|revert| revert["link"] == id);
            let still = after.at("reverts").to_string().contains(id);
            known && !still && moved && email(after) == wanted
        }
        _ => {
            let asked = ["asked_to_close", "asked_for_paper"];
            let asked = asked.into_iter().find(|it| before.text(&format!("{it}.link")) == Some(id));
            let lease = before.at("lease") == link.at("payload.lease");
            lease && asked.is_some_and(|asked| !after.has(asked))
        }
    };
    let shown = |row: &Row| {
        row.shown(&["epoch", "email", "reverts", "lease", "asked_to_close", "asked_for_paper"])
    };
    if holds {
        Ok(())
    } else {
        let link = link.shown(&["epoch", "payload.email", "payload.lease"]);
        Err(format!(
            "the link says {link}, the account said {} and says {}",
            shown(before),
            shown(after)
        ))
    }
}
