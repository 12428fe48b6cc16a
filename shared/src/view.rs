//! What several operations show of the same thing.

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
use crate::keys::ACCESS_TOKEN_LIFETIME_S;

/// An account as its tenant sees it.
#[derive(Debug, Serialize)]
pub struct AccountView<'a> {
    id: TenantId,
    email: &'a EmailAddress,
    last_name: &'a Name,
    /// Empty for a company, or a person of one name.
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

/// An agency as the file of leases has it, and as the landlord's directory does where it is listed.
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

impl<'a> AccountView<'a> {
    /// `account` as its tenant sees it.
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
            // The spaces of a number are no-break ones only where it is shown.
            phone: agency.phone.text.replace('\u{a0}', " "),
            address: agency.address,
            hours: Hours { fr: agency.hours.french, en: agency.hours.english },
        });
        Self { contact, listed }
    }
}

impl<'a> SignedInView<'a> {
    /// An access token of `account` for `session`.
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
