//! 11. The index `listed` has every lease that a function has written at the place that its names ask
//!     for, and every account with an open request at that of its oldest one. It has no other account.
//!
//! Checked with the tables: each place that is there, with its key and its list; the place of each
//! account, with the requests that it waits for. Checked with the journal: an import lists the leases that
//! it writes. Left to rules: how names are folded.

use jiff::{SignedDuration, Timestamp};

use super::books::{Books, Entry, Written};
use super::findings::Findings;
use super::row::Row;

/// How long a request is open.
const OPEN: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) fn check(books: &Books, found: &mut Findings) {
    for (reference, lease) in books.tenants_of("lease").filter(|(_, lease)| lease.has("list")) {
        if let Err(why) = check_lease(reference, lease) {
            found.add(11, format!("lease#{reference}: {why}: {}", shown(lease)));
        }
    }
    for (id, account) in books.tenants_of("tenant") {
        if let Err(why) = check_account(books.now, id, account) {
            found.add(11, format!("tenant#{id}: {why}: {}", shown(account)));
        }
    }
}

/// An import lists what it writes.
pub(super) fn check_write(entry: &Entry, found: &mut Findings) {
    for Written { key, after, .. } in entry.of("lease") {
        let listed = after.as_ref().is_none_or(|lease| lease.has("list") && lease.has("place"));
        if ["apply-import", "import-leases"].contains(&entry.function.as_str()) && !listed {
            found.add(11, format!("{key} was imported, and is not listed"));
        }
    }
}

fn check_lease(reference: &str, lease: &Row) -> Result<(), &'static str> {
    let (list, place) = at(lease).ok_or("it has a list without a place")?;
    let (names, id) = place.rsplit_once('#').ok_or("its place ends with no reference")?;
    let (last_name, _) = names.split_once(' ').ok_or("its place has no first name")?;
    let initials: String = last_name.chars().take(2).collect();
    if id != reference {
        Err("its place is another lease's")
    } else if list != format!("name#{initials}") || initials.is_empty() {
        Err("it is in another list than its place")
    } else {
        Ok(())
    }
}

fn check_account(now: Timestamp, id: &str, account: &Row) -> Result<(), &'static str> {
    let asked = ["asked_to_close", "asked_for_paper"].map(|name| format!("{name}.until"));
    let asked: Vec<i64> = asked.iter().filter_map(|until| account.number(until)).collect();
    let Some((list, place)) = at(account) else {
        let waits = asked.iter().any(|until| *until > now.as_second());
        return if waits { Err("it waits, and is not in the queue") } else { Ok(()) };
    };
    let (since, whose) = place.split_once('#').ok_or("its place has no account")?;
    let since: Timestamp = since.parse().map_err(|_| "its place has no time")?;
    let until = (since + OPEN).as_second();
    if list != "requests#0" || whose != id {
        Err("it is at another account's place")
    } else if !asked.contains(&until) {
        Err("it is at the place of no request of its own")
    } else if asked.iter().any(|it| *it < until && *it > now.as_second()) {
        Err("it is at the place of the younger request")
    } else {
        Ok(())
    }
}

fn at(row: &Row) -> Option<(&str, &str)> {
    Some((row.text("list")?, row.text("place")?))
}

fn shown(row: &Row) -> String {
    row.shown(&["list", "place", "asked_to_close", "asked_for_paper"])
}
