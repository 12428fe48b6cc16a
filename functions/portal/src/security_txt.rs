//! Where a weakness is reported (RFC 9116).

use jiff::{SignedDuration, Timestamp};
use landlord::LANDLORD;

/// Where it is looked for.
pub(crate) const PATH: &str = "/.well-known/security.txt";

/// For how long what it says may be relied on: the RFC recommends less than a year.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

/// What it says at `now`.
pub(crate) fn text(now: Timestamp) -> String {
    let expires = now.saturating_add(GOOD_FOR).unwrap_or(Timestamp::MAX);
    format!(
        "Contact: {}\nExpires: {}\nPreferred-Languages: fr, en\n",
        LANDLORD.security_contact,
        expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_a_contact_and_a_day_within_the_year() {
        let text = text("2026-11-27T13:04:45Z".parse().unwrap());

        assert!(text.starts_with(&format!("Contact: {}\n", LANDLORD.security_contact)));
        assert!(text.contains("\nExpires: 2027-05-26T13:04:45Z\n"), "{text}");
    }
}
