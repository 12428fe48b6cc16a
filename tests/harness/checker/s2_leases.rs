//! 2. Every lease that has `tenant` names an active account that names that lease. Every active
//!    account's lease names it. No lease has two holders, no account two leases.
//!
//! Checked with the tables: all of it; and that the account's copy of the lease's data is the same
//! as the lease.

use std::collections::BTreeMap;

use super::books::Books;
use super::findings::Findings;

pub(super) fn check(books: &Books, found: &mut Findings) {
    let mut leases: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (reference, lease) in books.tenants_of("lease") {
        if lease.has("last_tenant") {
            check_last(books, reference, lease.text("last_tenant").unwrap_or_default(), found);
        }
        let Some(id) = lease.text("tenant") else {
            if lease.has("tenant") {
                found.add(2, format!("lease#{reference} has a tenant that is no id"));
            }
            continue;
        };
        leases.entry(id).or_default().push(reference);
        let account = books.account(id).filter(|account| account.is_active());
        let says = account.and_then(|account| account.text("lease"));
        if says != Some(reference) {
            let is = books.account(id).map(|it| it.shown(&["status", "lease", "erased_at"]));
            found.add(2, format!("lease#{reference} names tenant#{id}, which is {is:?}"));
        }
    }
    for (id, several) in leases.iter().filter(|(_, leases)| leases.len() > 1) {
        found.add(2, format!("tenant#{id} holds {several:?}"));
    }
    for (id, account) in books.tenants_of("tenant").filter(|(_, account)| account.is_active()) {
        let reference = account.text("lease").unwrap_or_default();
        let Some(lease) = books.tenants.get(&format!("lease#{reference}")) else {
            found.add(2, format!("tenant#{id} is active and says lease#{reference}: not there"));
            continue;
        };
        if lease.text("tenant") != Some(id) {
            let holder = lease.at("tenant");
            found.add(2, format!("tenant#{id} is active; its lease#{reference} says {holder}"));
        }
        for name in ["last_name", "first_name", "agency", "adviser", "ends_on"] {
            let (its, theirs) = (account.at(name), lease.at(name));
            if its != theirs {
                found.add(2, format!("tenant#{id} says {name} {its}, lease#{reference} {theirs}"));
            }
        }
    }
}

/// The account that held a lease last is deactivated, and not yet erased.
fn check_last(books: &Books, reference: &str, id: &str, found: &mut Findings) {
    let account = books.account(id);
    if !account.is_some_and(|account| account.is_deactivated()) {
        let is = account.map(|it| it.shown(&["status", "lease", "erased_at"]));
        found.add(2, format!("lease#{reference} was tenant#{id}'s last, which is {is:?}"));
    }
}
