//! The contact for reports of vulnerabilities (RFC 9116).

use jiff::{SignedDuration, Timestamp};
use landlord::LANDLORD;

/// The path of the file.
pub(crate) const PATH: &str = "/.well-known/security.txt";

/// How long the file is valid: the RFC recommends less than a year.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

/// The file at `now`.
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
    fn the_file_names_a_contact_and_expires_within_a_year() {
        let text = text("2026-11-27T13:04:45Z".parse().unwrap());

        assert!(text.starts_with(&format!("Contact: {}\n", LANDLORD.security_contact)));
        assert!(text.contains("\nExpires: 2027-05-26T13:04:45Z\n"), "{text}");
    }
}
