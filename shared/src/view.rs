//! The parts of answers that several operations share.

use jiff::Timestamp;
use jiff::civil::Date;
use landlord::LANDLORD;
use serde::Serialize;

use crate::app::App;
use crate::config::Config;
use crate::domain::{
    Account, Contact, EmailAddress, Language, LeaseReference, Name, SessionId, TenantId,
};
use crate::error::Error;
use crate::http::operation::{
    Schema, integer, list, object, one_of, optional, required, text, truth, words,
};
use crate::keys::ACCESS_TOKEN_LIFETIME_S;

/// An account as its tenant sees it.
#[derive(Debug, Serialize)]
pub struct AccountView<'a> {
    id: TenantId,
    email: &'a EmailAddress,
    last_name: &'a Name,
    /// Empty for a company, or a person with a single name.
    first_name: &'a str,
    lease: &'a LeaseReference,
    agency: AgencyView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adviser: Option<&'a Contact>,
    language: Language,
    paperless: bool,
    terms: TermsView<'a>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_on: Option<Date>,
}

/// An agency: from the file of leases and, if it is listed there, from the landlord's directory.
#[derive(Debug, Serialize)]
struct AgencyView<'a> {
    #[serde(flatten)]
    contact: &'a Contact,
    #[serde(flatten)]
    listed: Option<ListedAgency>,
}

#[derive(Debug, Serialize)]
struct ListedAgency {
    phone: String,
    address: &'static [&'static str],
    hours: Hours,
}

/// When an agency is open, in words.
#[derive(Debug, Serialize)]
struct Hours {
    fr: &'static str,
    en: &'static str,
}

#[derive(Debug, Serialize)]
struct TermsView<'a> {
    version: &'a str,
    accepted_at: Timestamp,
    current: bool,
}

/// A session with its first access token, as its tenant sees them.
#[derive(Debug, Serialize)]
pub struct SignedInView<'a> {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    account: AccountView<'a>,
}

/// An account as its tenant sees it.
pub const ACCOUNT: Schema = object(
    "An account as its tenant sees it",
    &[
        required("id", words::TENANT_ID),
        required("email", words::EMAIL.saying("The identifier: one signs in with it")),
        required("last_name", text("The main signatory’s last name", "Martin")),
        required("first_name", text("Empty for a company, or a person of one name", "Camille")),
        required("lease", words::LEASE),
        required("agency", AGENCY),
        optional("adviser", words::CONTACT),
        required("language", words::LANGUAGE),
        required("paperless", truth("Whether rent notices come without paper", true)),
        required(
            "terms",
            object(
                "The terms of use that were accepted",
                &[
                    required("version", words::TERMS_VERSION),
                    required("accepted_at", words::INSTANT),
                    required("current", truth("Whether it is today’s version", true)),
                ],
            ),
        ),
        required("created_at", words::INSTANT.saying("When the account was activated")),
        optional("closes_on", words::DATE.saying("The day on which the account is deactivated")),
    ],
)
.named("Account");

const AGENCY: Schema = object(
    "The agency of the lease; telephone, address and hours where the landlord lists it",
    &[
        required("name", text("The name", "Agence des Lilas")),
        required("email", words::EMAIL.saying("Where mails to it go")),
        optional("phone", text("The telephone number", "01 23 45 67 89")),
        optional("address", list("The postal address, line by line", &ADDRESS_LINE)),
        optional("hours", HOURS),
    ],
)
.named("Agency");

const ADDRESS_LINE: Schema = text("A line", "12 rue des Lilas");

const HOURS: Schema = object(
    "When the agency is open, in words",
    &[
        required("fr", text("In French", "Du lundi au vendredi de 9 h à 17 h")),
        required("en", text("In English", "Monday to Friday, 9 am to 5 pm")),
    ],
);

/// A session with its first access token, as its tenant sees them.
pub const SIGNED_IN: Schema = object(
    "An access token and the account it opens",
    &[
        required("access_token", text("A JWT: for the header Authorization, after Bearer", TOKEN)),
        required("token_type", one_of("How it is presented", &["Bearer"])),
        required("expires_in", integer("For how many seconds it is good", 600)),
        required("account", ACCOUNT),
    ],
)
.named("SignedIn");

/// The beginning of an access token, as an example.
const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSIsImtpZCI6IjVjcWxnXzd0LVk1WURnU09uSU5QWkRZ";

impl<'a> AccountView<'a> {
    /// The view of `account`.
    #[must_use]
    pub fn of(account: &'a Account, config: &Config) -> Self {
        Self {
            id: account.id,
            email: &account.email,
            last_name: &account.last_name,
            first_name: account.first_name.as_ref().map_or("", Name::as_str),
            lease: &account.lease,
            agency: AgencyView::of(&account.agency),
            adviser: account.adviser.as_ref(),
            language: account.language,
            paperless: account.paperless.granted,
            terms: TermsView {
                version: &account.terms.version,
                accepted_at: account.terms.accepted_at,
                current: account.terms.version == config.terms_version,
            },
            created_at: account.created_at,
            closes_on: account.closes_on,
        }
    }
}

impl<'a> AgencyView<'a> {
    fn of(contact: &'a Contact) -> Self {
        let listed = LANDLORD.find_agency(&contact.email.to_string()).map(|agency| ListedAgency {
            // Pages show the number with no-break spaces; the API answers with plain ones.
            phone: agency.phone.text.replace('\u{a0}', " "),
            address: agency.address,
            hours: Hours { fr: agency.hours.french, en: agency.hours.english },
        });
        Self { contact, listed }
    }
}

impl<'a> SignedInView<'a> {
    /// A new access token of `account` for `session`.
    ///
    /// # Errors
    ///
    /// `unavailable`, when signing fails.
    pub async fn of(app: &App, account: &'a Account, session: SessionId) -> Result<Self, Error> {
        Ok(Self {
            access_token: app.keys.access_token(account, session, &app.config).await?,
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_LIFETIME_S,
            account: AccountView::of(account, &app.config),
        })
    }
}
