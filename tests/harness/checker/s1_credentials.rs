//! 1. Every `email#` row names one active `tenant#` row with that folded address and the same
//!    epoch. Every active account has exactly one.
//!
//! Checked with the tables: all of it.

use super::books::Books;
use super::findings::Findings;
use super::row::folded;

pub(super) fn check(books: &Books, found: &mut Findings) {
    for (address, credentials) in books.tenants_of("email") {
        let key = format!("email#{address}");
        let id = credentials.text("tenant").unwrap_or_default();
        let Some(account) = books.account(id).filter(|account| account.is_active()) else {
            let is = books.account(id).map_or("no such account".to_owned(), |account| {
                account.shown(&["status", "erased_at"])
            });
            found.add(1, format!("{key} names tenant#{id}, which is not active: {is}"));
            continue;
        };
        let email = account.text("email").unwrap_or_default();
        if folded(email) != address {
            found.add(1, format!("{key} names tenant#{id}, whose address is {email}"));
        }
        let epochs = [credentials, account].map(|row| row.number("epoch"));
        if epochs[0].is_none() || epochs[0] != epochs[1] {
            found.add(
                1,
                format!("{key} is of epoch {:?}, tenant#{id} of {:?}", epochs[0], epochs[1]),
            );
        }
        // After a revert the password is empty: no password matches it.
        let password = credentials.text("password");
        if password.is_none_or(|hash| !hash.is_empty() && !hash.starts_with("$argon2id$")) {
            found.add(1, format!("{key} keeps something else than a hash as its password"));
        }
    }
    let addresses = books.addresses();
    for (id, account) in books.tenants_of("tenant").filter(|(_, account)| account.is_active()) {
        let theirs = addresses.get(id).map(Vec::as_slice).unwrap_or_default();
        let own = folded(account.text("email").unwrap_or_default());
        if theirs != [own.as_str()] {
            found.add(
                1,
                format!("tenant#{id} is active: email#{own} is expected, {theirs:?} is there"),
            );
        }
    }
}
