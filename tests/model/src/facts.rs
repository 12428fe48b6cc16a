//! The meaning of a row, as far as the statements need it.

use jiff::civil::Date;
use serde_json::Value;

/// The meaning of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A lease.
    Lease(Lease),
    /// An account.
    Account(Box<Account>),
    /// The rest of an erased account.
    Trace {
        /// The account's id.
        id: String,
    },
    /// Credentials.
    Credentials {
        /// The folded address.
        address: String,
        /// The id of their account.
        tenant: String,
        /// The epoch of their password.
        epoch: u64,
    },
    /// A session.
    Session {
        /// The id of its account.
        tenant: String,
        /// The epoch of the account when the session began.
        epoch: u64,
    },
    /// A mail, perhaps with a link.
    Mail(Mail),
    /// A row of another kind.
    Other,
}

/// A lease.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// Its reference.
    pub reference: String,
    /// The account that holds it.
    pub tenant: Option<String>,
    /// Its last day.
    pub ends_on: Option<Date>,
    /// The data that the account must have in the same form.
    pub names: Value,
}

/// An account that is not erased.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The account's id.
    pub id: String,
    /// Whether a tenant can sign in to it.
    pub active: bool,
    /// The epoch, raised by each change that ends sessions.
    pub epoch: u64,
    /// The folded address.
    pub address: String,
    /// The reference of its lease.
    pub lease: String,
    /// The account's copy of the lease's data.
    pub names: Value,
    /// The account's copy of the lease's last day.
    pub ends_on: Option<Date>,
    /// The day on which it is deactivated.
    pub closes_on: Option<Date>,
    /// The day on which SES took the last warning.
    pub warned_on: Option<Date>,
    /// Its next step.
    pub step: Option<String>,
    /// The day on which the step is due.
    pub due_on: Option<Date>,
    /// The cause of the deactivation, and its time in seconds since 1970.
    pub closure: Option<(String, i64)>,
}

/// A row of `tokens` that is a mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Whether it is not settled yet.
    pub waits: bool,
    /// The final state; absent while it waits.
    pub settled: Option<String>,
    /// The time when its link was used, in seconds since 1970.
    pub used_at: Option<i64>,
    /// The time after which its link can no longer be used, in seconds since 1970.
    pub expires_at: i64,
    /// Whether it has a link.
    pub is_link: bool,
}

fn text(row: &Value, name: &str) -> Option<String> {
    row.get(name)?.as_str().map(str::to_owned)
}

fn number(row: &Value, name: &str) -> Option<i64> {
    row.get(name)?.as_i64()
}

fn day(row: &Value, name: &str) -> Option<Date> {
    row.get(name)?.as_str()?.parse().ok()
}

/// The data that a lease and its account must have in the same form.
fn names(row: &Value) -> Value {
    let names = ["last_name", "first_name", "agency", "adviser"];
    names.iter().map(|name| row.get(*name).cloned().unwrap_or_default()).collect()
}

impl Fact {
    /// The meaning of `row`, whose key is `pk`.
    pub fn of(pk: &str, row: &Value) -> Self {
        let (kind, id) = pk.split_once('#').unwrap_or((pk, ""));
        match kind {
            "lease" => Self::Lease(Lease {
                reference: id.to_owned(),
                tenant: text(row, "tenant"),
                ends_on: day(row, "ends_on"),
                names: names(row),
            }),
            "tenant" if row.get("status").is_none() => Self::Trace { id: id.to_owned() },
            "tenant" => Self::Account(Box::new(Account {
                id: id.to_owned(),
                active: row["status"] == "active",
                epoch: row["epoch"].as_u64().unwrap_or_default(),
                address: text(row, "email").unwrap_or_default().to_lowercase(),
                lease: text(row, "lease").unwrap_or_default(),
                names: names(row),
                ends_on: day(row, "ends_on"),
                closes_on: day(row, "closes_on"),
                warned_on: day(row, "warned_on"),
                step: text(row, "lifecycle"),
                due_on: day(row, "due_on"),
                closure: row.get("closure").map(|closure| {
                    let by = text(closure, "by").unwrap_or_default();
                    (by, number(closure, "at").unwrap_or_default())
                }),
            })),
            "email" => Self::Credentials {
                address: id.to_owned(),
                tenant: text(row, "tenant").unwrap_or_default(),
                epoch: row["epoch"].as_u64().unwrap_or_default(),
            },
            "session" => Self::Session {
                tenant: text(row, "tenant").unwrap_or_default(),
                epoch: row["epoch"].as_u64().unwrap_or_default(),
            },
            _ if row.get("mail").is_some() => Self::Mail(Mail {
                waits: row.get("outbox").is_some(),
                settled: text(row, "settled"),
                used_at: number(row, "used_at"),
                expires_at: number(row, "expires_at").unwrap_or_default(),
                is_link: kind != "notice",
            }),
            _ => Self::Other,
        }
    }

    /// The account, if the row is one that is not erased.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Account(account) => Some(account),
            _ => None,
        }
    }

    /// The mail, if it is one.
    pub fn mail(&self) -> Option<&Mail> {
        match self {
            Self::Mail(mail) => Some(mail),
            _ => None,
        }
    }
}
