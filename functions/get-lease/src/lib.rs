//! Shows the agency a lease and its account.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use shared::app::Tables;
use shared::domain::{Account, Contact, LeaseReference, MailState, Name, Status};
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
    first_name: Name,
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
    let shown_account = |account: Account| ShownAccount {
        status: account.status,
        created_at: account.created_at,
        paperless: account.paperless.granted,
        closes_on: account.closes_on(),
        mail_state: account.mail_state,
    };
    let held = holder.account.as_ref().filter(|_| holder.lease.tenant.is_some());
    let mail_state = match held {
        Some(account) => account.mail_state,
        None => holder.lease.pending_mail_state,
    };
    Reply::ok(&Shown {
        mail_state,
        lease: holder.lease.reference,
        last_name: holder.lease.last_name,
        first_name: holder.lease.first_name,
        agency: holder.lease.agency,
        adviser: holder.lease.adviser,
        ends_on: holder.lease.ends_on,
        account: holder.account.map(shown_account),
    })
}
