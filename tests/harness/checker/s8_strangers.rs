//! 8. A stranger's calls change no answer, count or mail of anybody else beyond the limits. No
//!    answer and no duration tells whether an address or a household has an account.
//!
//! Checked with the journal: operations for anybody write no row of `tenants` and change no
//! existing row; `forgot-password`, `forgot-identifier`, `resend-activation`, and `register` after
//! it has recognised the lease, make the same calls each time. Checked with the tables: counts are
//! within their limits, and no key contains an address. Checked with the mailbox: no address got
//! more mails of a kind that an outsider can cause than its limit for an hour. Left to journeys:
//! whose count a call is on, the exact words of answers, and durations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use local::Event;

use super::books::{Books, Entry, Invocation};
use super::findings::Findings;
use super::row::split;

/// The kinds of new rows that operations for anybody may write.
const OPEN: [(&str, &[&str]); 8] = [
    ("register", &["registration"]),
    ("resend-activation", &["notice"]),
    ("forgot-password", &["password-reset"]),
    ("forgot-identifier", &["notice"]),
    ("show-link", &[]),
    ("show-terms", &[]),
    ("keys", &[]),
    ("portal", &[]),
];

/// Each scope of counts: the variable of its limit and the limit, and the same for one part of it.
const COUNTS: [(&str, &str, i64, &str, i64); 9] = [
    (
        "sign-in-source",
        "LIMIT_SIGN_INS_PER_SOURCE",
        100,
        "LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE",
        10,
    ),
    ("sign-in-address", "LIMIT_SIGN_INS_PER_ADDRESS", 100, "", 0),
    ("sign-in-device", "LIMIT_SIGN_INS_OF_DEVICES", 30, "LIMIT_SIGN_INS_PER_DEVICE", 10),
    ("registration-source", "LIMIT_REGISTRATIONS_PER_SOURCE", 200, "", 0),
    (
        "registration-lease",
        "LIMIT_REGISTRATIONS_PER_LEASE",
        10,
        "LIMIT_REGISTRATIONS_PER_LEASE",
        10,
    ),
    ("mail-source", "LIMIT_MAILS_PER_SOURCE", 30, "", 0),
    ("staff-looks", "LIMIT_STAFF_LOOKS", 200, "", 0),
    ("resend", "LIMIT_RESENDS_PER_REGISTRATION", 3, "", 0),
    ("mail-address", "LIMIT_MAILS_PER_ADDRESS", 20, "LIMIT_MAILS_PER_ADDRESS_AND_KIND", 5),
];

/// The mails that an outsider can cause.
const OUTSIDERS: [&str; 6] = [
    "activation",
    "household-already-registered",
    "email-already-registered",
    "password-reset",
    "identifier-reminder",
    "email-change-confirm",
];

pub(super) fn check(books: &Books, found: &mut Findings) {
    for (key, row) in books.touched() {
        if key.contains('@') {
            found.add(8, format!("{key} names an address"));
        }
        let (kind, rest) = split(key);
        // When the next mail may go: nobody's count.
        if kind == "throttle" && rest != "mails" {
            check_count(books, key, split(rest).0, row, found);
        }
    }
    check_calls(books, found);
}

fn check_count(books: &Books, key: &str, scope: &str, row: &super::row::Row, found: &mut Findings) {
    let Some((_, name, usual, part, of_part)) = COUNTS.iter().find(|(of, ..)| *of == scope) else {
        found.add(8, format!("{key} counts something unknown"));
        return;
    };
    for (counter, value) in row.members() {
        let limit = match counter.as_str() {
            "count" => books.limit(name, *usual),
            counter if counter.starts_with("n_") => books.limit(part, *of_part),
            _ => continue,
        };
        let count = value.as_i64().unwrap_or(-1);
        // If an answer was lost, a count may be taken back twice.
        if count > limit || (count < 0 && !books.tables_failed) {
            found.add(8, format!("{key} has {counter} {count}, of {limit} at most"));
        }
    }
}

/// No address gets more mails in an hour than its budget. Mails that had to wait were counted in an
/// earlier hour.
pub(super) fn check_mails(books: &Books, found: &mut Findings) {
    if books.ses_failed || books.tables_failed {
        return;
    }
    let mut sent: BTreeMap<(&str, i64, String), i64> = BTreeMap::new();
    let mut all: BTreeMap<(&str, i64), i64> = BTreeMap::new();
    for mail in &books.mails {
        let name = mail["tags"]["mail"].as_str().unwrap_or_default();
        let (Some(to), Some(at)) = (mail["to"].as_str(), mail["sent_at"].as_str()) else {
            continue;
        };
        let Some(at) = at.parse::<Timestamp>().ok().filter(|_| OUTSIDERS.contains(&name)) else {
            continue;
        };
        let row = mail["tags"]["row"].as_str().unwrap_or_default().replacen('_', "#", 1);
        let Some(row) = books.as_of("tokens", &row, usize::MAX) else { continue };
        if row.text("payload.cause") == Some("reverted") {
            continue;
        }
        let registration = row.text("registration").map(|id| format!("registration#{id}"));
        let registration = registration.and_then(|key| books.as_of("tokens", &key, usize::MAX));
        let of = registration.unwrap_or(row);
        let lease = match name {
            "activation" | "household-already-registered" => of.text("payload.lease.reference"),
            _ => None,
        };
        let hour = at.as_second().div_euclid(3_600);
        let kind = format!("{name} {}", lease.unwrap_or_default());
        *sent.entry((to, hour, kind)).or_default() += 1;
        if name != "password-reset" {
            *all.entry((to, hour)).or_default() += 1;
        }
    }
    let most = books.limit("LIMIT_MAILS_PER_ADDRESS_AND_KIND", 5);
    for ((to, hour, kind), count) in sent.into_iter().filter(|(_, count)| *count > most) {
        found
            .add(8, format!("{to} had {count} mails {kind} in the hour {hour}, of {most} at most"));
    }
    let most = books.limit("LIMIT_MAILS_PER_ADDRESS", 20);
    for ((to, hour), count) in all.into_iter().filter(|(_, count)| *count > most) {
        found.add(8, format!("{to} had {count} mails in the hour {hour}, of {most} at most"));
    }
}

/// An operation makes the same calls whatever exists. Counts are left out: they depend on the
/// caller.
fn check_calls(books: &Books, found: &mut Findings) {
    for (id, invocation) in &books.invocations {
        let Some((Some(202), _)) = invocation.ended else { continue };
        if invocation.struck {
            continue;
        }
        let expected: &[&str] = match invocation.function.as_str() {
            "forgot-password" => &["write password-reset"],
            "forgot-identifier" | "resend-activation" => &["write notice"],
            "register" => &["read lease", "write registration"],
            _ => continue,
        };
        let calls = calls(invocation);
        if calls != expected {
            let function = &invocation.function;
            found.add(
                8,
                format!("{function} (invocation {id}) made the calls {calls:?}, not {expected:?}"),
            );
        }
    }
}

fn calls(invocation: &Invocation) -> Vec<String> {
    let mut calls = Vec::new();
    for call in &invocation.calls {
        let (verb, keys): (&str, Vec<&String>) = match &call.record.event {
            Event::Read { rows, index: None, .. } => {
                ("read", rows.iter().map(|(_, key)| key).collect())
            }
            Event::Read { index: Some(_), .. } => ("query", Vec::new()),
            Event::Write(changes) => ("write", changes.iter().map(|change| &change.key).collect()),
            Event::Send { .. } | Event::Other | Event::End { .. } => continue,
        };
        let kinds = keys.into_iter().map(|key| split(key).0).filter(|kind| *kind != "throttle");
        calls.extend(kinds.map(|kind| format!("{verb} {kind}")));
        if verb == "query" {
            calls.push(verb.to_owned());
        }
    }
    calls.sort_unstable();
    calls
}

/// Checks what one write of an operation for anybody changed.
pub(super) fn check_write(entry: &Entry, found: &mut Findings) {
    let Some((function, kinds)) = OPEN.iter().find(|(name, _)| *name == entry.function) else {
        return;
    };
    for row in &entry.rows {
        let (kind, _) = split(&row.key);
        let new = row.before.is_none() && kinds.contains(&kind);
        if kind != "throttle" && !new {
            found.add(8, format!("{function}, which anybody may call, wrote {}", row.key));
        }
    }
}
