//! All cookies, with kind, purpose and lifetime.
//!
//! | name | kind | purpose |
//! |---|---|---|
//! | `__Host-session` | session, or persistent with "remember me" | staying signed in |
//! | `__Host-device` | persistent, one year | counting this browser's sign-in attempts apart |
//! | `__Host-registration` | persistent, one day | activating with one click in the browser that registered |
//! | `__Host-staff` | session | a member of staff stays signed in |
//! | `__Host-staff-sign-in` | persistent, ten minutes | only the browser that began a sign-in of staff ends it |
//! | `identifier` | persistent, one year, with "remember me" | filling in the address at sign-in |

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use jiff::Timestamp;

use crate::domain::{EmailAddress, Session, SessionId, SessionSecret};

/// The name of the session cookie.
pub const SESSION: &str = "__Host-session";
/// The name of the device cookie.
pub const DEVICE: &str = "__Host-device";
/// The name of the registration cookie.
pub const REGISTRATION: &str = "__Host-registration";
/// The name of the cookie of a session of staff.
pub const STAFF: &str = "__Host-staff";
/// The name of the cookie of a sign-in of staff that is under way.
pub const STAFF_SIGN_IN: &str = "__Host-staff-sign-in";
/// The name of the cookie that remembers the identifier.
pub const IDENTIFIER: &str = "identifier";

/// The cookie of `session` with its present `secret`.
#[must_use]
pub fn session(session: &Session, secret: &SessionSecret, now: Timestamp) -> Cookie<'static> {
    let mut cookie = own(SESSION, format!("{}.{}", session.id, secret.reveal()));
    if session.persistent {
        cookie.set_max_age(Duration::seconds(session.expires_at.duration_since(now).as_secs()));
    }
    cookie
}

/// The session id and the secret in the value of a session cookie.
#[must_use]
pub fn read_session(value: &str) -> Option<(SessionId, SessionSecret)> {
    let (id, secret) = value.split_once('.')?;
    Some((SessionId::try_from(id).ok()?, SessionSecret::try_from(secret).ok()?))
}

/// Makes the browser forget its session.
#[must_use]
pub fn no_session() -> Cookie<'static> {
    let mut cookie = own(SESSION, String::new());
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// The cookie of a session of staff, with its `secret`.
#[must_use]
pub fn staff(session: SessionId, secret: &SessionSecret) -> Cookie<'static> {
    own(STAFF, format!("{session}.{}", secret.reveal()))
}

/// Makes the browser forget its session of staff.
#[must_use]
pub fn no_staff() -> Cookie<'static> {
    let mut cookie = own(STAFF, String::new());
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// The cookie of a sign-in of staff, with the value made by the keys. The browser comes back from
/// the identity provider's site, which a strict cookie does not survive.
#[must_use]
pub fn staff_sign_in(sealed: String) -> Cookie<'static> {
    let mut cookie = own(STAFF_SIGN_IN, sealed);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_max_age(Duration::minutes(10));
    cookie
}

/// Makes the browser forget the sign-in of staff.
#[must_use]
pub fn no_staff_sign_in() -> Cookie<'static> {
    let mut cookie = own(STAFF_SIGN_IN, String::new());
    cookie.set_same_site(SameSite::Lax);
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// The device cookie, with the value made by the keys.
#[must_use]
pub fn device(sealed: String) -> Cookie<'static> {
    let mut cookie = own(DEVICE, sealed);
    cookie.set_max_age(Duration::days(365));
    cookie
}

/// The registration cookie, with the value made by the keys.
#[must_use]
pub fn registration(sealed: String) -> Cookie<'static> {
    let mut cookie = own(REGISTRATION, sealed);
    cookie.set_max_age(Duration::days(1));
    cookie
}

/// Remembers the identifier. Scripts of the pages read this cookie, so it is not `HttpOnly`.
#[must_use]
pub fn identifier(email: &EmailAddress) -> Cookie<'static> {
    let value = Cookie::new(IDENTIFIER, email.to_string());
    let mut cookie = own(IDENTIFIER, value.encoded().to_string().split_off(IDENTIFIER.len() + 1));
    cookie.set_http_only(false);
    cookie.set_max_age(Duration::days(365));
    cookie
}

/// Makes the browser forget the identifier.
#[must_use]
pub fn no_identifier() -> Cookie<'static> {
    let mut cookie = own(IDENTIFIER, String::new());
    cookie.set_http_only(false);
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// The identifier in the value of its cookie.
#[must_use]
pub fn read_identifier(value: &str) -> Option<EmailAddress> {
    let cookie = Cookie::parse_encoded(format!("{IDENTIFIER}={value}")).ok()?;
    EmailAddress::try_from(cookie.value().to_owned()).ok()
}

/// The value of the cookie `name` in `texts`, each of which has one or several pairs. Text that is
/// not a pair is skipped, and so is a value that is not ASCII, because ours are.
pub(super) fn find<'a>(texts: &'a [String], name: &str) -> Option<&'a str> {
    texts
        .iter()
        .flat_map(|text| Cookie::split_parse(text.as_str()))
        .flatten()
        .filter(|cookie| cookie.name() == name)
        .filter_map(|cookie| cookie.value_raw())
        .find(|value| value.is_ascii())
}

fn own(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TenantId;

    #[test]
    fn a_session_cookie_reads_back_and_lives_as_long_as_its_session() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let secret = SessionSecret::from([1; 32]);
        for (persistent, max_age) in [(false, None), (true, Some(Duration::days(30)))] {
            let begun = Session::begin(
                SessionId::from([1; 16]),
                TenantId::from([2; 16]),
                1,
                &secret,
                persistent,
                "",
                now,
            );

            let cookie = session(&begun, &secret, now);

            let (id, read) = read_session(cookie.value()).unwrap();
            assert_eq!((id, read.bytes()), (begun.id, secret.bytes()));
            assert_eq!(cookie.max_age(), max_age);
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let texts = ["a__Host-session=1; __Host-session=2".to_owned(), "identifier=3".to_owned()];

        assert_eq!(find(&texts, SESSION), Some("2"));
        assert_eq!(find(&texts, IDENTIFIER), Some("3"));
        assert_eq!(find(&texts, DEVICE), None);
    }

    #[test]
    fn of_two_cookies_with_one_name_the_first_ascii_value_counts() {
        for (text, expected) in [
            ("__Host-session=a; __Host-session=b", Some("a")),
            ("__Host-session=\u{e9}; __Host-session=b", Some("b")),
            ("ville=Orl\u{e9}ans; =x;;\u{fffd}; %zz;__Host-session=b", Some("b")),
            ("__Host-session = b ", Some("b")),
            ("__Host-session=a%20b=c", Some("a%20b=c")),
            ("__Host-session=", Some("")),
            ("__Host-session", None),
            ("__host-session=a", None),
            ("", None),
        ] {
            assert_eq!(find(&[text.to_owned()], SESSION), expected, "{text}");
        }
    }

    #[test]
    fn the_identifier_is_percent_encoded_and_reads_back() {
        let email = EmailAddress::try_from("a%b@exemple.example".to_owned()).unwrap();

        let cookie = identifier(&email);

        assert_eq!(cookie.value(), "a%25b%40exemple.example");
        assert_eq!(read_identifier(cookie.value()), Some(email));
        assert_eq!(read_identifier("%ff%40exemple.example"), None);
        assert_eq!(read_identifier("%zz"), None);
    }
}
