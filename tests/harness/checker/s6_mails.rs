//! 6. Every mail row ends in one final state. Each cause has its mail. A mail is sent twice only
//!    if SES's answer was lost.
//!
//! Checked with the journal: each cause writes exactly its mail in the same write, no mail is
//! written without its cause, and a final state never changes. Checked with rows and mailbox, by
//! the tag `row`: mails settled as sent were sent, others were not, and each was sent once; more
//! often only if an answer of SES was lost or the write after it failed. A row that waits is not
//! broken, if its shard is one that a sweep reads: [`crate::Portal::settle`] waits for it. Left to
//! journeys: which mail of a registration is due, and what a mail says.

use std::sync::Arc;

use super::books::{Books, Entry, Written};
use super::findings::Findings;
use super::row::{Row, folded, split};
use super::s5_links::LINKS;

const FINAL: [&str; 5] = ["sent", "refused", "dropped", "not-due", "broken"];
/// After this many lost answers a mail counts as sent.
const LOST_ANSWERS: i64 = 3;

fn is_mail(key: &str, row: &Row) -> bool {
    let (kind, _) = split(key);
    let ours = kind == "notice" || LINKS.iter().any(|(of, ..)| *of == kind);
    ours && (row.has("mail") || row.has("outbox") || row.has("settled"))
}

pub(super) fn check(books: &Books, found: &mut Findings) {
    for (key, row) in books.touched().filter(|(key, row)| is_mail(key, row)) {
        check_state(key, row, found);
        check_settled(books, key, row, found);
    }
    for key in &books.mailed {
        let times = books.mails_of(key).count();
        let lost = books.may_be_repeated(key);
        if !key.contains('#') {
            found.add(6, format!("a mail has no row, but the tag {key}"));
        }
        if times > 1 && lost + 1 < times {
            found.add(
                6,
                format!("{key} was mailed {times} times; {lost} answers or marks were lost"),
            );
        }
    }
}

/// The row waits in a shard that a sweep reads, or has one final state.
fn check_state(key: &str, row: &Row, found: &mut Findings) {
    let is = || row.shown(&["outbox", "try_at", "attempts", "settled", "settled_at"]);
    match (row.text("settled"), row.has("outbox")) {
        (None, true) => {
            let shard = row.text("outbox").and_then(|shard| shard.parse::<u8>().ok());
            if shard.is_none_or(|shard| shard > 3) || row.number("try_at").is_none() {
                found.add(6, format!("{key} waits where no sweep looks: {}", is()));
            }
        }
        (Some(state), false) if FINAL.contains(&state) && !row.has("try_at") => {
            if row.number("settled_at").is_none() {
                found.add(6, format!("{key} does not say since when it is {state}"));
            }
        }
        _ => found.add(6, format!("{key} neither waits nor has one final state: {}", is())),
    }
}

/// The final state of a mail agrees with what SES did.
fn check_settled(books: &Books, key: &str, row: &Row, found: &mut Findings) {
    let Some(state) = row.text("settled") else { return };
    let sent = books.mails_of(key).count();
    let unanswered = row.number("unanswered").unwrap_or_default();
    let sends = books.sends.get(key).map(Vec::as_slice).unwrap_or_default();
    let lost = sends.iter().any(|send| books.may_be_unknown(send));
    match state {
        // The write that settles the row does not count the third lost answer.
        "sent"
            if sent == 0
                && unanswered < LOST_ANSWERS - 1
                && !row.has("used_at")
                && !books.by_hand.contains(key) =>
        {
            let is = row.shown(&["mail", "unanswered", "attempts"]);
            found.add(6, format!("{key} is settled as sent, and no mail was: {is}"));
        }
        "sent" => check_recipient(books, key, row, found),
        _ if sent > 0 && !lost => {
            found.add(6, format!("{key} is settled as {state}, and was mailed {sent} times"));
        }
        "not-due" if split(key).0 == "notice" => {
            let name = row.text("mail").unwrap_or_default();
            if !["activation", "identifier-reminder", "closing-soon"].contains(&name) {
                found.add(6, format!("{key}, a {name}, is due whatever is so by now; is not-due"));
            }
        }
        "dropped" => {
            let expired = row.number("settled_at") >= row.number("expires_at");
            let held = books.tokens.keys().any(|key| split(key).0 == "bounce");
            let free = split(key).0 == "notice" && row.has("to");
            if free && !expired && !held {
                let is = row.shown(&["mail", "settled_at", "expires_at"]);
                found.add(
                    6,
                    format!("{key} is dropped, of nobody's budget, and nothing came back: {is}"),
                );
            }
        }
        _ => {}
    }
}

/// A mail went to the address of its row.
fn check_recipient(books: &Books, key: &str, row: &Row, found: &mut Findings) {
    for mail in books.mails_of(key) {
        let name = mail["tags"]["mail"].as_str().unwrap_or_default();
        let to = folded(mail["to"].as_str().unwrap_or_default());
        let wanted = match name {
            "activation" | "household-already-registered" if split(key).0 == "notice" => continue,
            "activation"
            | "household-already-registered"
            | "email-change-confirm"
            | "email-changed" => row.text("payload.email"),
            "agency-request"
            | "email-already-registered"
            | "identifier-reminder"
            | "password-reset" => continue,
            _ => row.text("to"),
        };
        if wanted.map(folded).as_ref() != Some(&to) {
            found.add(6, format!("{key}: {name} went to {to}, not to {wanted:?}"));
        }
    }
}

/// One write of a function has the mails of the changes that it made, and no others.
pub(super) fn check_write(entry: &Entry, found: &mut Findings) {
    for Written { key, before, after, .. } in &entry.rows {
        if let (Some(before), Some(after)) = (before, after)
            && let Some(was) = before.text("settled")
            && after.text("settled") != Some(was)
        {
            let is = after.at("settled");
            found.add(6, format!("{} changed the end of {key} from {was} to {is}", entry.function));
        }
    }
    let inserted = entry.rows.iter().filter(|row| row.before.is_none());
    let inserted = inserted.filter_map(|row| Some((row, row.after.as_ref()?)));
    let mut mails: Vec<String> = inserted
        .filter(|(row, after)| is_mail(&row.key, after))
        .map(|(row, after)| named(&row.key, after))
        .collect();
    let mut expected = causes(entry);
    mails.sort_unstable();
    expected.sort_unstable();
    if mails != expected {
        let keys: Vec<&str> = entry.rows.iter().map(|row| row.key.as_str()).collect();
        found.add(
            6,
            format!(
                "{} wrote {keys:?}: the mails {expected:?} are expected, {mails:?} are there",
                entry.function
            ),
        );
    }
}

/// A mail, by the kind of its row and its name.
fn named(key: &str, row: &Row) -> String {
    format!("{} {}", split(key).0, row.text("mail").unwrap_or_default())
}

/// The mails that the written rows must cause.
fn causes(entry: &Entry) -> Vec<String> {
    let mut mails: Vec<String> = match entry.function.as_str() {
        "register" => made_of(entry, "registration", "registration activation"),
        "forgot-password" => made_of(entry, "password-reset", "password-reset password-reset"),
        "forgot-identifier" => made_of(entry, "notice", "notice identifier-reminder"),
        "resend-activation" => made_of(entry, "notice", "notice activation"),
        "send-again" => {
            let reset = made_of(entry, "password-reset", "password-reset password-reset");
            [reset, made_of(entry, "notice", "notice activation")].concat()
        }
        "change-email" => made_of(entry, "email-change", "email-change email-change-confirm"),
        _ => Vec::new(),
    };
    for account in entry.of("tenant") {
        mails.extend(of_account(entry, account).into_iter().map(str::to_owned));
    }
    let theft = entry.of("ended").filter_map(|row| row.after.as_ref());
    mails.extend(
        theft
            .filter(|row| row.text("end") == Some("copied"))
            .map(|_| "notice session-theft".into()),
    );
    for request in entry.of("agency-request") {
        mails.extend(of_request(request).map(str::to_owned));
    }
    // If the account no longer waits for the request, nobody is told.
    if entry.function == "deliver-mail" && entry.rows.len() == 1 {
        mails.clear();
    }
    mails
}

/// One mail for each new row of a kind.
fn made_of(entry: &Entry, kind: &str, mail: &str) -> Vec<String> {
    let new = entry.of(kind).filter(|row| row.before.is_none());
    new.map(|_| mail.to_owned()).collect()
}

fn of_account(entry: &Entry, Written { before, after, .. }: &Written) -> Vec<&'static str> {
    let (Some(before), Some(after)) = (before.as_deref(), after.as_deref()) else {
        return if before.is_none() { vec!["notice account-activated"] } else { Vec::new() };
    };
    if after.is_erased() {
        return Vec::new();
    }
    if before.is_active() && after.is_deactivated() {
        let scheduled = entry.function == "expire-accounts";
        return vec![if scheduled {
            "notice account-deactivated"
        } else {
            "notice account-closed"
        }];
    }
    let changed = |name: &str| before.at(name) != after.at(name);
    let mut mails = Vec::new();
    if changed("epoch") {
        mails.push(match entry.function.as_str() {
            "confirm-email" => "revert email-changed",
            "revert-email" => "password-reset password-reset",
            _ => "notice password-changed",
        });
    }
    if changed("lease") {
        mails.push("notice lease-changed");
    }
    if changed("paperless.granted") {
        let granted = after.at("paperless.granted") == true;
        mails.push(if granted { "notice paperless-started" } else { "notice paperless-stopped" });
    }
    for name in ["asked_to_close", "asked_for_paper"] {
        if changed(name) && after.has(name) {
            mails.push("agency-request agency-request");
        }
    }
    if entry.function == "expire-accounts" && warns(before, after) {
        mails.push("notice closing-soon");
    }
    mails
}

/// Whether the daily job took the step after a warning, or repeats a warning that was never mailed.
fn warns(before: &Row, after: &Row) -> bool {
    let step = |row: &Row| row.text("lifecycle").map(|it| split(it).0.to_owned());
    let same_end = before.at("ends_on") == after.at("ends_on");
    match (step(before).as_deref(), step(after).as_deref()) {
        (Some("first-warning"), Some("second-warning" | "deactivate"))
        | (Some("second-warning"), Some("deactivate")) => same_end,
        (Some("deactivate"), Some("deactivate")) => same_end && !before.has("warned_on"),
        _ => false,
    }
}

/// The mail that tells a tenant the end of a request to the agency.
fn of_request(request: &Written) -> Option<&'static str> {
    let (before, after): (&Arc<Row>, &Arc<Row>) =
        (request.before.as_ref()?, request.after.as_ref()?);
    let state = after.text("payload.settled.state");
    if before.text("payload.settled.state") != state {
        return match state {
            Some("refused") => Some("notice agency-request-refused"),
            Some("not_delivered") => Some("notice agency-request-not-delivered"),
            // A request that was carried out has the mail of that change instead.
            _ => None,
        };
    }
    let settled = (before.text("settled"), after.text("settled"));
    match settled {
        (None, Some("sent")) if !after.has("used_at") => Some("notice agency-request-received"),
        (None, Some("broken")) => Some("notice agency-request-not-delivered"),
        _ => None,
    }
}
