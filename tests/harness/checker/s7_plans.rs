//! 7. An active account whose lease has an exit date has exactly the next step that its dates
//!    ask for. An account whose lease has no exit date has no step. Nobody is deactivated without a
//!    mailed warning, or before their day. A warning that SES took late puts that day off, when it has come.
//!
//! Checked with the tables: each account's step, its day and its shard, with an independent
//! calendar. Checked with the journal and the mailbox: the daily job deactivated on the right day,
//! at least seven days after a warning of that day was mailed. Left to journeys: that a run does
//! every step that is due.

use jiff::ToSpan;
use jiff::civil::Date;

use super::books::{Books, Entry, Written};
use super::findings::Findings;
use super::row::{Row, day, split};

const WARNINGS: [i64; 2] = [30, 7];

/// The day on which an account is deactivated, for the exit date `end`; later if the warning is
/// late.
fn deactivation(end: Date) -> Date {
    end.saturating_add(3.months())
}

pub(super) fn check(books: &Books, found: &mut Findings) {
    for (id, account) in books.tenants_of("tenant") {
        let wrong = if account.is_active() {
            check_active(id, account)
        } else if account.is_deactivated() {
            check_deactivated(books, id, account)
        } else {
            Ok(())
        };
        if let Err(why) = wrong {
            let is = account.shown(&["ends_on", "closes_on", "warned_on", "lifecycle", "due_on"]);
            found.add(7, format!("tenant#{id}: {why}: {is}"));
        }
    }
}

fn check_active(id: &str, account: &Row) -> Result<(), String> {
    if !account.has("ends_on") {
        let steps = ["lifecycle", "due_on", "closes_on", "warned_on"];
        return match steps.iter().find(|name| account.has(name)) {
            Some(name) => Err(format!("its lease has no end, and it has {name}")),
            None => Ok(()),
        };
    }
    let end = account.date("ends_on").ok_or("ends_on is no date")?;
    let due_on = account.date("due_on").ok_or("it has no day of its next step")?;
    let closes_on = account.date("closes_on").ok_or("it has no day on which it closes")?;
    let step = step(id, account)?;
    let earliest = deactivation(end);
    let [first, last] = WARNINGS.map(|days| earliest.saturating_sub(days.days()));
    let right = match step {
        "first-warning" => due_on == first && closes_on == earliest,
        // For an exit date that arrives too late, the warning is due on the day of its arrival.
        "second-warning" => {
            (due_on == last && closes_on == earliest)
                || (due_on > last && closes_on == due_on.saturating_add(7.days()))
        }
        // If SES took the warning late, the run of that day puts it off: see `check_due`.
        "deactivate" => due_on == closes_on && closes_on >= earliest,
        _ => false,
    };
    if right { Ok(()) } else { Err(format!("closing on {earliest} at the earliest, not its step")) }
}

/// The next step of the account `id`, whose shard follows from its id.
fn step<'a>(id: &str, account: &'a Row) -> Result<&'a str, String> {
    let lifecycle = account.text("lifecycle").ok_or("it has no next step")?;
    let (step, shard) = split(lifecycle);
    let first = first_byte(id).ok_or("its id is none")?;
    if shard == (first % 4).to_string() {
        Ok(step)
    } else {
        Err(format!("it belongs into the shard {}", first % 4))
    }
}

/// The first byte of an id, which is in base64url.
fn first_byte(id: &str) -> Option<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut digits = id.bytes().map(|byte| DIGITS.iter().position(|digit| *digit == byte));
    let (one, other) = (digits.next()??, digits.next()??);
    u8::try_from(one << 2 | other >> 4).ok()
}

fn check_deactivated(books: &Books, id: &str, account: &Row) -> Result<(), String> {
    let at = account.number("closure.at").ok_or("it does not say when it was closed")?;
    let at = jiff::Timestamp::from_second(at).map_err(|error| error.to_string())?;
    let months = books.limit("ERASE_AFTER_MONTHS", 12);
    let erased_on = day(at).saturating_add(months.months());
    if step(id, account)? == "erase" && account.date("due_on") == Some(erased_on) {
        Ok(())
    } else {
        Err(format!("it is to be erased on {erased_on}"))
    }
}

/// The daily job ended only accounts that it may end, and erased only those whose time had come.
pub(super) fn check_write(books: &Books, entry: &Entry, found: &mut Findings) {
    for Written { key, before, after, .. } in entry.of("tenant") {
        let (Some(before), Some(after)) = (before, after) else { continue };
        let wrong = if before.is_active() && after.is_deactivated() {
            match after.text("closure.by") {
                Some("schedule") => check_due(books, key, before, after),
                _ if entry.function == "expire-accounts" => Err("by another name".to_owned()),
                _ => Ok(()),
            }
        } else if after.is_erased() {
            let at = after.number("erased_at").unwrap_or_default();
            let since = before.number("closure.at");
            let early = entry.function != "expire-accounts" || since.is_none_or(|since| since > at);
            if early { Err("erased by another, or before it ended".to_owned()) } else { Ok(()) }
        } else {
            Ok(())
        };
        if let Err(why) = wrong {
            let names = ["ends_on", "closes_on", "warned_on", "lifecycle", "due_on"];
            let (was, is) = (before.shown(&names), after.shown(&["closure", "erased_at"]));
            found.add(7, format!("{key} ended, {why}: {was}, now {is}"));
        }
    }
}

fn check_due(books: &Books, key: &str, before: &Row, after: &Row) -> Result<(), String> {
    let at = after.number("closure.at").ok_or("at no time")?;
    let at = jiff::Timestamp::from_second(at).map_err(|error| error.to_string())?;
    let today = day(at);
    let end = before.date("ends_on").ok_or("whose lease has no end")?;
    let closes_on = before.date("closes_on").ok_or("on no day")?;
    if today < closes_on || today < deactivation(end) {
        return Err(format!("on {today}, before its day"));
    }
    // SES had taken a warning of that day, or of an earlier day that was put off.
    let id = split(key).1;
    let warned = books.mails.iter().filter(|mail| mail["tags"]["mail"] == "closing-soon");
    let warned = warned.filter(|mail| {
        let row = mail["tags"]["row"].as_str().unwrap_or_default().replacen('_', "#", 1);
        let row = books.as_of("tokens", &row, usize::MAX);
        row.is_some_and(|row| row.text("tenant") == Some(id))
    });
    let mut days = warned.filter_map(|mail| {
        let sent: jiff::Timestamp = mail["sent_at"].as_str()?.parse().ok()?;
        Some(day(sent))
    });
    if days.any(|on| on.saturating_add(7.days()) <= today) {
        Ok(())
    } else {
        Err(format!("on {today}, and no warning was mailed seven days before"))
    }
}
