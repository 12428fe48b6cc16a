//! No line that a function logs has an address, a name, a lease, a password, a token or a cookie. At the
//! end of a journey, each line of its functions is searched for everything that the journey made:
//!
//! - the lines are those that Lambda collects on AWS: log, metrics and audit trail, and the errors of
//!   failed invocations ([`log`](mod@crate::log));
//! - [`secrets`] come from requests and answers ([`traffic`]), from every state of every row in the
//!   journal, and from the mails;
//! - each is searched for in each of its [`forms`].

mod forms;
mod secrets;
mod traffic;

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use local::Event;
use serde_json::Value;

use crate::log;
use crate::stack::Stack;
pub(crate) use secrets::Secrets;
pub(crate) use traffic::{forget, note};

/// The fields of a line where names may stand, each with the reason.
const ALLOWED: [(&str, &str); 6] = [
    ("timestamp", "digits"),
    ("duration_ms", "digits by chance"),
    ("request.id", "digits and letters by chance: the id of API Gateway"),
    ("audit.by", "the trail names who acted: a system of the landlord, or a person of staff"),
    ("audit.staff", "the identity provider's id of that person"),
    ("agency.name", "the alarm names the agency whose mails come back; it is in every footer, too"),
];

/// A shorter text, and any word, has to stand by itself: "Anne" is not in "cannelle". A number has to stand
/// apart from other digits.
const SHORT: usize = 8;

/// What stands in a line of the log and must not.
pub(crate) fn leaks(stack: &Stack) -> Vec<String> {
    let records = stack.records(0);
    let mut secrets = traffic::of(stack.address());
    let invocations: BTreeSet<u64> = records.iter().filter_map(|it| it.invocation).collect();
    for record in &records {
        let Event::Write(changes) = &record.event else { continue };
        let rows = changes.iter().flat_map(|change| [&change.before, &change.after]);
        rows.flatten().for_each(|row| secrets.add_row(row));
    }
    let mails = stack.mails_since(0);
    for mail in &mails {
        secrets.add_mail(mail);
    }
    // Somebody may call a file as we call a mail.
    for name in mails.iter().filter_map(|mail| mail["tags"]["mail"].as_str()) {
        secrets.remove(name);
    }
    let mut lines = log::beside();
    lines.extend(invocations.into_iter().flat_map(log::take));
    search(&secrets, &lines)
}

/// Says which line has which secret, and in which form.
fn search(secrets: &Secrets, lines: &[String]) -> Vec<String> {
    let forms = secrets.forms();
    let needles = AhoCorasick::new(forms.iter().map(|(form, ..)| form)).expect("forms");
    let mut found = Vec::new();
    for line in lines {
        let searched = searched(line);
        if searched.contains('@') {
            found.push(format!("an address stands in the line\n  {line}"));
        }
        for hit in needles.find_overlapping_iter(&searched) {
            let (form, name, text, from) = &forms[hit.pattern().as_usize()];
            let beside =
                [searched[..hit.start()].chars().next_back(), searched[hit.end()..].chars().next()];
            let stands_apart = |is: fn(char) -> bool| !beside.iter().flatten().any(|c| is(*c));
            let is_word = form.chars().count() < SHORT || form.chars().all(char::is_alphabetic);
            let is_number = form.chars().all(|c| c.is_ascii_digit());
            let is_there = if is_number {
                stands_apart(|c| c.is_ascii_digit())
            } else {
                !is_word || stands_apart(char::is_alphanumeric)
            };
            if is_there {
                found.push(format!("{text} ({from}) stands as {name} in the line\n  {line}"));
            }
        }
    }
    found
}

/// The part of a line that is searched, in lower case.
fn searched(line: &str) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(line) else {
        return line.to_lowercase();
    };
    for (allowed, _) in ALLOWED {
        fields.remove(allowed);
    }
    // Each text as it is, also one that is JSON itself.
    let texts = fields.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}"),
        value => format!("{name} {value}"),
    });
    texts.collect::<Vec<_>>().join("\n").to_lowercase()
}
