//! The two tables: what lasts, and what expires.
//!
//! Every write is conditional on what it relies on and answers one way ([`Write`]). What expires is
//! refused by its time, swept or not.

mod accounts;
mod action;
mod activation;
mod addresses;
mod asked;
mod bounces;
mod closures;
mod expression;
mod feedback;
mod held;
mod import;
mod key;
mod leases;
mod lifecycle;
mod links;
mod moves;
mod outbox;
mod passwords;
mod query;
mod queue;
pub mod replay;
mod requests;
mod rules;
mod sessions;
mod throttles;
mod write;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use accounts::{AccountChange, Credentials};
pub use bounces::{Bounce, Permission};
pub use closures::EndedBy;
pub use feedback::About;
pub use held::{Held, HeldLink, HeldNotice, LinkRow, MailRow};
pub use import::{ChangedEnd, ImportOutcome, Imported};
pub use leases::Holder;
pub use lifecycle::Due;
pub use links::Link;
pub use outbox::{Addressed, Claimed, DueMail, DueMails, Notice, WhenClaimed};
pub use queue::{Final, Queue};
pub use rules::Rule;
pub use throttles::Count;
pub use write::{Write, retry_stale};

use crate::aws;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::environment::Environment;
use crate::error::Error;

/// How many items one `BatchGetItem` or `TransactWriteItems` takes.
const MAX_ITEMS: usize = 100;

type Item = HashMap<String, AttributeValue>;

/// The two tables.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    tenants: String,
    tokens: String,
    clock: Clock,
}

/// One of the two tables.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Table {
    Tenants,
    Tokens,
}

impl Store {
    /// The tables that `config` names. Nothing is called yet.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing.
    pub fn open(environment: &Environment, config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            client: Client::new(&aws::config(
                "DYNAMODB",
                &environment.variables,
                &environment.http,
            )?),
            tenants: config.tenants_table.clone(),
            tokens: config.tokens_table.clone(),
            clock: environment.clock.clone(),
        })
    }

    fn name(&self, table: Table) -> &str {
        match table {
            Table::Tenants => &self.tenants,
            Table::Tokens => &self.tokens,
        }
    }

    /// The item `pk` as it is at this moment.
    async fn find<T: DeserializeOwned>(
        &self,
        table: Table,
        pk: String,
    ) -> Result<Option<T>, Error> {
        self.find_item(table, pk).await?.map(read).transpose()
    }

    async fn find_item(&self, table: Table, pk: String) -> Result<Option<Item>, Error> {
        if let Some(script) = replay::script() {
            return script.find(table, pk).await;
        }
        let get = self
            .client
            .get_item()
            .table_name(self.name(table))
            .key("pk", AttributeValue::S(pk))
            .consistent_read(true);
        let found = Box::pin(get.send()).await.map_err(unavailable)?;
        Ok(found.item)
    }

    /// The items of `keys`, in no order, as they are at this moment.
    async fn find_all(&self, table: Table, keys: Vec<String>) -> Result<Vec<Item>, Error> {
        if let Some(script) = replay::script() {
            return script.find_all(table, keys).await;
        }
        let mut found = Vec::new();
        let mut wanted: Vec<HashMap<String, AttributeValue>> =
            keys.into_iter().map(|pk| HashMap::from([("pk".to_owned(), s(pk))])).collect();
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(MAX_ITEMS));
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build()
                .map_err(unavailable)?;
            let name = self.name(table);
            let get = self.client.batch_get_item().request_items(name, keys);
            let answer = get.send().await.map_err(unavailable)?;
            let mut tables = answer.responses.unwrap_or_default();
            found.extend(tables.remove(name).unwrap_or_default());
            wanted = rest;
            let mut left = answer.unprocessed_keys.unwrap_or_default();
            if let Some(left) = left.remove(name) {
                wanted.extend(left.keys);
            }
        }
        Ok(found)
    }
}

/// What an item says.
fn read<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    serde_dynamo::from_item(item).map_err(unavailable)
}

/// The item that says `row` under the key `pk`.
fn item(pk: String, row: &impl Serialize) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(row).map_err(unavailable)?;
    item.insert("pk".to_owned(), AttributeValue::S(pk));
    Ok(item)
}

/// The key of an item; empty where it has none.
fn pk(item: &Item) -> &str {
    item.get("pk").and_then(|pk| pk.as_s().ok()).map_or("", String::as_str)
}

/// `row` as the value of an attribute.
fn value(row: &impl Serialize) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(row).map_err(unavailable)
}

/// A string.
#[expect(clippy::needless_pass_by_value, reason = "callers give what they have")]
fn s(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// A number.
#[expect(clippy::needless_pass_by_value, reason = "callers give what they have")]
fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable(Box::new(error))
}
