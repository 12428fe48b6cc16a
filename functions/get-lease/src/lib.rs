//! Shows the agency a lease and its account.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use shared::app::Tables;
use shared::domain::{Account, Contact, Lease, LeaseReference, MailState, Name, Status};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, public};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A lease that the agency looks up.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        call.caller()?;
        let lease = LeaseReference::try_from(call.path_parameter("lease"));
        Ok(Self { lease: lease.map_err(|_| Error::NotFound)? })
    }
}

#[derive(Serialize)]
struct Shown {
    lease: LeaseReference,
    last_name: Name,
    /// Empty for a company, or a person of one name.
    first_name: String,
    agency: Contact,
    #[serde(skip_serializing_if = "Option::is_none")]
    adviser: Option<Contact>,
    ends_on: Option<Date>,
    account: Option<ShownAccount>,
    /// That of the account, or of a registration that waits.
    mail_state: Option<MailState>,
}

#[derive(Serialize)]
struct ShownAccount {
    status: Status,
    created_at: Timestamp,
    paperless: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_on: Option<Date>,
    mail_state: Option<MailState>,
    /// Until when its mails are held back, for they came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_held_until: Option<Timestamp>,
}

/// Shows a lease with the state of the account that holds it, or held it last.
///
/// # Replies
///
/// - 200, the lease
/// - 403 `forbidden`, without IAM
/// - 404 `not_found`
async fn handle(tables: Tables, request: Request) -> Result<Reply, Error> {
    let holder = tables.store.find_holder(&request.lease).await?.ok_or(Error::NotFound)?;
    let Lease { terms, tenant, pending_mail_state, .. } = holder.lease;
    let held = holder.account.as_ref().filter(|_| tenant.is_some());
    let bounce = match held {
        Some(account) => {
            let subject = tables.subjects.hash(&account.email.folded());
            tables.store.find_bounce(&subject).await?
        }
        None => None,
    };
    let now = tables.clock.now();
    let held_until = bounce.map(|bounce| bounce.stopped_until).filter(|until| *until > now);
    let shown_account = |account: Account| ShownAccount {
        status: account.status,
        created_at: account.created_at,
        paperless: account.paperless.granted,
        closes_on: account.closes_on,
        mail_state: account.mail_state,
        mail_held_until: held_until,
    };
    let mail_state = held.map_or(pending_mail_state, |account| account.mail_state);
    Reply::ok(&Shown {
        mail_state,
        lease: terms.reference,
        last_name: terms.last_name,
        first_name: terms.first_name.map(String::from).unwrap_or_default(),
        agency: terms.agency,
        adviser: terms.adviser,
        ends_on: terms.ends_on,
        account: holder.account.map(shown_account),
    })
}
