//! 9, of the rows: each change of an account writes one row of an act in its transaction, and no
//! row of an act is written without a change.
//!
//! Checked with every write of a function: the accounts that it changes are those whose acts it
//! writes, one each, with what the change says. Checked with the rows: who acted, that the row is kept
//! for 400 days, that it has no address, and that nothing changes it.
//!
//! Not a change of the account: `warned_on`, which only says when a warning was mailed. Asking for
//! another address changes only the link, as does a reset that staff have sent; the end of a copied
//! session only the session. These are acts, too.

use std::collections::BTreeMap;

use super::books::{Entry, Written};
use super::findings::Findings;
use super::row::{Row, split};

/// How long a row is kept, in seconds.
const KEPT: i64 = 400 * 86_400;
/// The attributes of a row.
const ATTRIBUTES: [&str; 8] =
    ["tenant", "what", "by", "by_name", "by_subject", "outcome", "at", "expires_at"];

pub(super) fn check_write(entry: &Entry, found: &mut Findings) {
    let name = &entry.function;
    let mut written: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for act in entry.of("act") {
        let (None, Some(row)) = (&act.before, &act.after) else {
            found.add(9, format!("{name} changed or deleted {}", act.key));
            continue;
        };
        check_row(name, &act.key, row, found);
        let text = |name| row.text(name).unwrap_or_default().to_owned();
        written.entry(text("tenant")).or_default().push(text("what"));
    }
    let changed = changes(entry);
    for (account, what) in &changed {
        let acts = written.remove(account).unwrap_or_default();
        if acts != [*what] {
            found.add(
                9,
                format!("{name} did {what:?} to tenant#{account}, and wrote the acts {acts:?}"),
            );
        }
    }
    for (account, acts) in written {
        found.add(9, format!("{name} wrote {acts:?} of tenant#{account}, which it did not change"));
    }
}

fn check_row(function: &str, key: &str, row: &Row, found: &mut Findings) {
    let mut faults = Vec::new();
    let account = row.text("tenant").unwrap_or_default();
    if !split(key).1.starts_with(&format!("{account}#")) {
        faults.push("another account's key".to_owned());
    }
    faults.extend(
        row.names()
            .filter(|name| !ATTRIBUTES.contains(name))
            .map(|name| format!("the attribute {name}")),
    );
    let (at, until) = (row.number("at").unwrap_or_default(), row.number("expires_at"));
    if until != Some(at + KEPT) {
        faults.push(format!("{until:?} as its end"));
    }
    let by = row.text("by").unwrap_or_default();
    if by != actor(function) {
        faults.push(format!("{by} as who did it"));
    }
    if row.has("by_name") != ["agency", "staff"].contains(&by)
        || row.has("by_subject") != (by == "staff")
    {
        faults.push("too few or too many names of who did it".to_owned());
    }
    let texts = row.members().filter_map(|(_, value)| value.as_str());
    faults
        .extend(texts.filter(|text| text.contains('@')).map(|text| format!("an address: {text}")));
    for fault in faults {
        found.add(9, format!("{function} wrote {key} with {fault}"));
    }
}

/// Who acts when `function` changes an account.
fn actor(function: &str) -> &'static str {
    match function {
        "allow-mail" | "close-account" | "import-leases" => "agency",
        "answer-request" => "agency-link",
        "apply-import" | "close-household" | "lift-stop" | "send-again" | "settle-request" => {
            "staff"
        }
        "deliver-mail" | "record-mail-feedback" => "mail-feedback",
        "expire-accounts" | "watch-household" => "schedule",
        _ => "tenant",
    }
}

/// The accounts that a write changes, each with what was done.
fn changes(entry: &Entry) -> BTreeMap<String, &'static str> {
    let mut changes = BTreeMap::new();
    for account in entry.of("tenant") {
        if let Some(what) = done(entry, account) {
            changes.insert(split(&account.key).1.to_owned(), what);
        }
    }
    let of = |row: &Row| row.text("tenant").unwrap_or_default().to_owned();
    if entry.function == "change-email" {
        let links = entry.of("email-change").filter_map(|link| link.after.as_ref());
        changes.extend(links.map(|link| (of(link), "address-change-asked")));
    }
    if entry.function == "send-again" {
        let links = entry.of("password-reset").filter_map(|link| link.after.as_ref());
        changes.extend(links.map(|link| (of(link), "mail-sent-again")));
    }
    let mut ended = entry.of("ended").filter_map(|row| row.after.as_ref());
    if ended.any(|row| row.text("end") == Some("copied")) {
        let sessions = entry.of("session").filter_map(|session| session.before.as_ref());
        changes.extend(sessions.map(|session| (of(session), "session-stolen")));
    }
    changes
}

/// What was done to an account; `None` if only the day of its last warning changed.
fn done(entry: &Entry, Written { before, after, .. }: &Written) -> Option<&'static str> {
    let function = entry.function.as_str();
    let (Some(before), Some(after)) = (before.as_deref(), after.as_deref()) else {
        return Some(match (before, function) {
            (None, _) => "activated",
            // A synthetic household leaves no trace.
            (Some(_), "watch-household") => "erased",
            (Some(_), _) => "deleted",
        });
    };
    let changed = |name: &str| before.at(name) != after.at(name);
    let has = |name: &str| after.has(name);
    let asked = ["asked_to_close", "asked_for_paper"];
    if after.is_erased() {
        return Some("erased");
    }
    if before.is_active() && after.is_deactivated() {
        return Some(if function == "expire-accounts" { "deactivated" } else { "closed" });
    }
    if changed("epoch") {
        return Some(match function {
            "confirm-email" => "address-changed",
            "revert-email" => "address-change-reverted",
            "reset-password" => "password-reset",
            _ => "password-changed",
        });
    }
    if changed("lease") {
        return Some("lease-changed");
    }
    if changed("paperless.granted") {
        let granted = after.at("paperless.granted") == true;
        return Some(if granted { "paperless-started" } else { "paperless-stopped" });
    }
    if asked.iter().any(|name| changed(name) && has(name)) {
        return Some("request-made");
    }
    if asked.iter().any(|name| changed(name)) {
        let refused = function != "deliver-mail";
        return Some(if refused { "request-refused" } else { "request-not-delivered" });
    }
    if function == "expire-accounts" {
        let warns = entry.of("notice").next().is_some();
        return Some(if warns { "warned" } else { "replanned" });
    }
    if changed("mail_state") {
        return Some(if has("mail_state") { "mail-returned" } else { "stop-lifted" });
    }
    if changed("language") || changed("terms") {
        return Some("settings-changed");
    }
    if changed("ends_on") {
        return Some("exit-date-changed");
    }
    let names = ["last_name", "first_name", "agency", "adviser"];
    if names.iter().any(|name| changed(name)) {
        return Some("details-changed");
    }
    (!changed("warned_on")).then_some("something")
}
