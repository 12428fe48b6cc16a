//! The two tables: what lasts, and what expires.
//!
//! Every write is conditional on what it relies on; a condition that fails is an answer, not a
//! fault. What expires is refused by its time, swept or not.

mod accounts;
mod actions;
mod activation;
mod addresses;
mod closures;
mod expression;
mod feedback;
mod import;
mod key;
mod leases;
mod lifecycle;
mod links;
mod moves;
mod outbox;
mod passwords;
mod requests;
mod sessions;
mod throttles;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use accounts::{AccountChange, Credentials};
pub use activation::ActivationRefused;
pub use addresses::AddressRefused;
pub use closures::EndedBy;
pub use import::ImportOutcome;
pub use leases::Holder;
pub use lifecycle::Due;
pub use links::{
    AgencyRequest, EmailChange, EmailChanged, Link, PasswordResetRequest, Registration,
};
pub use moves::MoveRefused;
pub use outbox::{Addressed, Letter, LetterKind, Notice};
pub use sessions::{Held, ListedSession};
pub use throttles::Throttle;

use crate::aws;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::environment::Environment;
use crate::error::Error;
use crate::random;

/// How often a write that another transaction is in the way of is tried.
const CONFLICT_ATTEMPTS: u32 = 8;

type Item = HashMap<String, AttributeValue>;

/// The two tables.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    tenants: String,
    tokens: String,
    clock: Clock,
}

/// The positions of a transaction's actions whose conditions failed. None: it is done.
#[derive(Debug, Default)]
struct Refusals(Vec<usize>);

impl Refusals {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn at(&self, position: usize) -> bool {
        self.0.contains(&position)
    }
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

    /// The item `pk` of `table` as it is at this moment.
    async fn find<T: DeserializeOwned>(&self, table: &str, pk: String) -> Result<Option<T>, Error> {
        self.find_item(table, pk).await?.map(read).transpose()
    }

    async fn find_item(&self, table: &str, pk: String) -> Result<Option<Item>, Error> {
        let get = self
            .client
            .get_item()
            .table_name(table)
            .key("pk", AttributeValue::S(pk))
            .consistent_read(true);
        let found = Box::pin(get.send()).await.map_err(unavailable)?;
        Ok(found.item)
    }

    /// Puts `item`, whose id is new, into the table of what expires. What stands there already is
    /// the same item, whose answer was lost.
    async fn insert(&self, item: Item) -> Result<(), Error> {
        let put = || {
            self.client
                .put_item()
                .table_name(&self.tokens)
                .set_item(Some(item.clone()))
                .condition_expression("attribute_not_exists(pk)")
                .send()
        };
        self.write(put).await.map(|_| ())
    }

    /// Writes all of `actions`, or none: then the positions of the conditions that failed.
    async fn transact(&self, actions: Vec<TransactWriteItem>) -> Result<Refusals, Error> {
        for attempt in 0..CONFLICT_ATTEMPTS {
            let write =
                self.client.transact_write_items().set_transact_items(Some(actions.clone()));
            let Err(error) = Box::pin(write.send()).await else {
                return Ok(Refusals::default());
            };
            let refusals = refusals(&error);
            if !refusals.is_empty() {
                return Ok(refusals);
            }
            if !is_passing(&error) {
                return Err(unavailable(error));
            }
            pause(attempt).await;
        }
        Err(Error::Unavailable("another transaction stayed in the way".into()))
    }

    /// What `write` answers once no transaction is in its way; `None` when its condition failed.
    async fn write<T, E, F>(&self, write: impl Fn() -> F) -> Result<Option<T>, Error>
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        for attempt in 0..CONFLICT_ATTEMPTS {
            let error = match Box::pin(write()).await {
                Ok(output) => return Ok(Some(output)),
                Err(error) => error,
            };
            match error.code() {
                Some("ConditionalCheckFailedException") => return Ok(None),
                Some("TransactionConflictException") => pause(attempt).await,
                _ => return Err(unavailable(error)),
            }
        }
        Err(Error::Unavailable("another transaction stayed in the way".into()))
    }
}

/// Waits longer at each attempt, by chance, so that those in each other's way part.
async fn pause(attempt: u32) {
    let [chance] = random::bytes();
    let most = 10_u64 << attempt.min(6);
    tokio::time::sleep(Duration::from_millis(most * u64::from(chance) / 255 + 1)).await;
}

/// The positions of the conditions that failed.
fn refusals(error: &SdkError<TransactWriteItemsError>) -> Refusals {
    let failed = |(position, code): (usize, Option<&str>)| {
        (code == Some("ConditionalCheckFailed")).then_some(position)
    };
    Refusals(reasons(error).into_iter().enumerate().filter_map(failed).collect())
}

/// Whether the same transaction may succeed a moment later: the SDK does not retry these.
fn is_passing(error: &SdkError<TransactWriteItemsError>) -> bool {
    let passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    error.code() == Some("TransactionInProgressException")
        || reasons(error).into_iter().flatten().any(|code| passing.contains(&code))
}

fn reasons(error: &SdkError<TransactWriteItemsError>) -> Vec<Option<&str>> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().map(|reason| reason.code()).collect()
        }
        _ => Vec::new(),
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

/// `row` as the value of an attribute.
fn value(row: &impl Serialize) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(row).map_err(unavailable)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable(Box::new(error))
}
