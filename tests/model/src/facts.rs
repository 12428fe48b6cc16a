//! What a row says that the statements of what always holds are about.

use jiff::civil::Date;
use serde_json::Value;

/// What a row says.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A lease.
    Lease(Lease),
    /// An account.
    Account(Box<Account>),
    /// What is left of an erased account.
    Trace {
        /// Its id.
        id: String,
    },
    /// Credentials.
    Credentials {
        /// The folded address.
        address: String,
        /// Whose they are.
        tenant: String,
        /// The epoch of their password.
        epoch: u64,
    },
    /// A session.
    Session {
        /// Whose it is.
        tenant: String,
        /// The epoch of the password that it was begun with.
        epoch: u64,
    },
    /// A mail, perhaps with a link.
    Mail(Mail),
    /// Something else.
    Other,
}

/// What a lease says.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// Its reference.
    pub reference: String,
    /// The account that holds it.
    pub tenant: Option<String>,
    /// Its last day.
    pub ends_on: Option<Date>,
    /// What the account has to say alike.
    pub names: Value,
}

/// What an account says.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Whether one can sign in to it.
    pub active: bool,
    /// Its epoch.
    pub epoch: u64,
    /// Its address, folded.
    pub address: String,
    /// Its lease.
    pub lease: String,
    /// What it says of its lease.
    pub names: Value,
    /// The last day of its lease, as it knows.
    pub ends_on: Option<Date>,
    /// When it is deactivated.
    pub closes_on: Option<Date>,
    /// When its household was warned.
    pub warned_on: Option<Date>,
    /// Its next step.
    pub step: Option<String>,
    /// When that is due.
    pub due_on: Option<Date>,
    /// Who has deactivated it, and when, in seconds.
    pub closure: Option<(String, i64)>,
}

/// What a mail says.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Whether it still waits.
    pub waits: bool,
    /// The final state; absent while it waits.
    pub settled: Option<String>,
    /// When its link was used, in seconds.
    pub used_at: Option<i64>,
    /// From when it can no longer be used, in seconds.
    pub expires_at: i64,
    /// Whether it carries a link.
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

/// What lease and account say alike.
fn names(row: &Value) -> Value {
    let names = ["last_name", "first_name", "agency", "adviser"];
    names.iter().map(|name| row.get(*name).cloned().unwrap_or_default()).collect()
}

impl Fact {
    /// What `row`, under the key `pk`, says.
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

    /// The account, if it is one's that is not erased.
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
