//! The schemas that several operations share, named by the words of the domain.

use super::{Schema, object, one_of, required, text};

/// The reference of a lease, as stored.
pub const LEASE: Schema = text("The reference of the lease", "12345678").matching("^[0-9]{1,20}$");

/// The reference of a lease, as typed.
pub const LEASE_TYPED: Schema = text(
    "The customer reference on the rent notice or the lease: digits, with or without an L before \
     them, spaces or dots",
    "L 1234 5678",
);

/// A last name, as typed.
pub const LAST_NAME_TYPED: Schema = text(
    "The main signatory’s last name; case, accents, spaces, hyphens and titles do not count",
    "Martin",
);

/// An address, as stored.
pub const EMAIL: Schema =
    text("An e-mail address", "camille.martin@exemple.example").format("email");

/// An address, as typed.
pub const EMAIL_TYPED: Schema = text(
    "An e-mail address; case and spaces around it do not count",
    "camille.martin@exemple.example",
);

/// A password to check.
pub const PASSWORD: Schema =
    text("The password of the account", "quatre chevaux bleus 4").format("password");

/// A password to set.
pub const NEW_PASSWORD: Schema = text(
    "8 to 128 characters after NFKC, at least one letter and one digit; it begins neither with a \
     name of the signatory nor with the address, and is not a common one",
    "quatre chevaux bleus 4",
)
.format("password");

/// The token of a mailed link, after the `#`.
pub const LINK_TOKEN: Schema = text(
    "What stands behind the # of the mailed link",
    "y6ktbVAC9PgyTazLNrM0D6jc-b6v4p3V8UMXjROHrQg",
)
.matching("^[A-Za-z0-9_-]{43}$");

/// The id of an account.
pub const TENANT_ID: Schema = text("The id of the account", "EVIhzRKH-sj51ESdljKf0w").matching(ID);

/// The id of a session.
pub const SESSION_ID: Schema = text("The id of the session", "MfXXZr8MOTniydhmyvsG3g").matching(ID);

/// 16 bytes in base64url.
pub const ID: &str = "^[A-Za-z0-9_-]{22}$";

/// An instant.
pub const INSTANT: Schema = text("An instant, in UTC", "2026-11-23T07:56:46Z").format("date-time");

/// A civil date.
pub const DATE: Schema = text("A date", "2027-12-31").format("date");

/// A language that the portal and its mails speak.
pub const LANGUAGE: Schema = one_of("The language of pages and mails", &["fr", "en"]);

/// A version of the terms of use.
pub const TERMS_VERSION: Schema = text("A version of the terms of use", "2026-01");

/// A free text that people write to each other.
pub const MESSAGE: Schema =
    text("A message", "Nous avons reçu les clés de notre maison.").at_most(1000);

/// The purpose of a mailed link.
pub const PURPOSE: Schema = one_of(
    "What the link is for",
    &["registration", "password-reset", "email-change", "revert", "agency-request"],
);

/// What a tenant can ask the agency for.
pub const REQUEST_KIND: Schema =
    one_of("What is asked of the agency", &["close-account", "stop-paperless"]);

/// The state of a request to the agency.
pub const REQUEST_STATE: Schema =
    one_of("Where the request stands", &["open", "done", "refused", "not_delivered"]);

/// Whether mails to an account bounced or were marked as spam.
pub const MAIL_STATE: Schema = one_of(
    "Whether the account’s mails came back or were unwanted; null where neither",
    &["bounced", "complained"],
)
.or_null();

/// Whether an account can be used.
pub const STATUS: Schema = one_of("Whether the account can be used", &["active", "deactivated"]);

/// The agency or the adviser of a lease.
pub const CONTACT: Schema = object(
    "Who looks after the lease",
    &[
        required("name", text("The name", "Agence des Lilas")),
        required("email", EMAIL.saying("Where mails to them go")),
    ],
)
.named("Contact");
