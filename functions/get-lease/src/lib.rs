//! Shows the agency a lease and its account.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use shared::app::Tables;
use shared::domain::{Account, Contact, Lease, LeaseReference, MailState, Name, Status};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Parameter, Route, Schema, Success, object, optional, required, text,
    truth, words,
};
use shared::http::{Call, Caller, FromCall, Function, Reply, agency};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The account is the one that holds the lease or last held it.",
    group: Group::Agency,
    route: Route::get("/api/agency/leases/{lease}"),
    parameters: &[Parameter::in_path("lease", words::LEASE_TYPED)],
    body: Body::None,
    successes: &[Success::ok("The lease", LEASE)],
    problems: &[(Problem::NotFound, "")],
};

const LEASE: Schema = object(
    "A lease",
    &[
        required("lease", words::LEASE),
        required("last_name", text("The main signatory’s last name", "Martin")),
        required("first_name", text("Empty for a company, or a person of one name", "Camille")),
        required("agency", words::CONTACT),
        optional("adviser", words::CONTACT),
        required(
            "ends_on",
            words::DATE.saying("The day on which it ends; null where it has no end").or_null(),
        ),
        required("account", ACCOUNT.or_null()),
        required("mail_state", words::MAIL_STATE),
    ],
)
.named("Lease");

const ACCOUNT: Schema = object(
    "The account that holds the lease, or held it last; null where none did",
    &[
        required("status", words::STATUS),
        required("created_at", words::INSTANT),
        required("paperless", truth("Whether rent notices come without paper", true)),
        optional("closes_on", words::DATE.saying("The day on which it is deactivated")),
        required("mail_state", words::MAIL_STATE),
        optional("mail_held_until", words::INSTANT.saying("Until when its mails are held back")),
    ],
);

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    agency(&OPERATION, handle)
}

/// A lease that the agency looks up.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let lease = LeaseReference::try_from(call.path_parameter("lease"));
        Ok(Self { lease: lease.map_err(|_| Error::NotFound)? })
    }
}

#[derive(Serialize)]
struct Shown {
    lease: LeaseReference,
    last_name: Name,
    /// Empty for a company, or a person with a single name.
    first_name: String,
    agency: Contact,
    #[serde(skip_serializing_if = "Option::is_none")]
    adviser: Option<Contact>,
    ends_on: Option<Date>,
    account: Option<ShownAccount>,
    /// The mail state of the account, or of a registration that is not activated yet.
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
    /// Until when mails to the account are stopped after a bounce.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_held_until: Option<Timestamp>,
}

/// Shows a lease with the account that holds it or last held it.
async fn handle(tables: Tables, _: Caller, request: Request) -> Result<Reply, Error> {
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
