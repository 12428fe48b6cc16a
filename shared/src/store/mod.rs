//! The two tables: `tenants`, whose rows last, and `tokens`, whose rows expire.
//!
//! Every write has a condition for what it relies on, and returns a [`Write`]. Expired rows are
//! refused by their time: DynamoDB may delete them much later.

mod accounts;
mod action;
mod activation;
mod acts;
mod asked;
mod bounces;
mod closures;
mod email_changes;
mod erasure;
mod expression;
mod import;
mod key;
mod lease_changes;
mod leases;
mod lifecycle;
mod links;
mod listed;
mod mail_feedback;
mod outbox;
mod passwords;
mod query;
mod queue;
mod reads;
pub mod replay;
mod requests;
mod rows_of_account;
mod rules;
mod sessions;
mod staff;
mod staff_imports;
mod stand_ins;
mod synthetic;
mod throttles;
mod turns;
mod write;
mod written;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use accounts::{AccountChange, Credentials};
pub use acts::HeldAct;
pub use bounces::{Bounce, Permission};
pub use closures::EndedBy;
pub use import::{Changed, ChangedEnd, ImportOutcome, Imported};
pub use leases::Holder;
pub use lifecycle::Due;
pub use links::Link;
pub use listed::{FoundLeases, OpenRequest, OpenRequests};
pub use mail_feedback::About;
pub use outbox::{Addressed, Claimed, DueMail, DueMails, Notice, WhenClaimed};
pub use queue::{Final, Queue};
pub use rows_of_account::{Held, HeldLink, HeldNotice, HeldRequest, LinkRow, MailRow};
pub use rules::Rule;
#[cfg(debug_assertions)]
pub use rules::remove as remove_rules;
pub use staff_imports::{ImportState, StaffImport};
pub use synthetic::SyntheticLease;
pub use throttles::{Count, Refused};
pub use write::{TORN_READS, retry_stale};
pub use written::Write;

use crate::aws::{self, Patience, Service};
use crate::clock::Clock;
use crate::config::Config;
use crate::environment::{Environment, OpenError};
use crate::error::Error;

/// The most items of one `BatchGetItem` or `TransactWriteItems`, set by DynamoDB.
const MAX_ITEMS: usize = 100;

const DYNAMODB: Service = Service { variable: "DYNAMODB", signed: "dynamodb", host: "dynamodb" };

crate::aws_operations! {
    aws_sdk_dynamodb:
    BatchGetItem in batch_get_item { BatchGetItemInput, BatchGetItemOutput, BatchGetItemError }
    DeleteItem in delete_item { DeleteItemInput, DeleteItemOutput, DeleteItemError }
    GetItem in get_item { GetItemInput, GetItemOutput, GetItemError }
    PutItem in put_item { PutItemInput, PutItemOutput, PutItemError }
    Query in query { QueryInput, QueryOutput, QueryError }
    TransactWriteItems in transact_write_items {
        TransactWriteItemsInput, TransactWriteItemsOutput, TransactWriteItemsError
    }
    UpdateItem in update_item { UpdateItemInput, UpdateItemOutput, UpdateItemError }
}

type Item = HashMap<String, AttributeValue>;

/// The two tables.
#[derive(Clone, Debug)]
pub struct Store {
    client: aws::Client,
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
    /// Opens the tables that `config` names. Makes no call, but begins a connection.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing.
    pub fn open(environment: &Environment, config: &Config) -> Result<Self, OpenError> {
        let client = environment.client(DYNAMODB, Patience::default())?;
        // Beside whatever else is opened at cold start.
        client.connect();
        Ok(Self {
            client,
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
}

/// Deserialises an item.
///
/// # Errors
///
/// `unavailable`, if the item does not have the form of a `T`.
fn read<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    // serde_dynamo panics at such a type.
    if item.values().any(has_unknown_type) {
        return Err(Error::Unavailable(
            "an attribute has a type that the SDK does not know".into(),
        ));
    }
    serde_dynamo::from_item(item)
        .map_err(|error| unavailable(Unreadable::of::<T>(&error.to_string())))
}

/// Why an item cannot be read, for the log: without its values, which serde's messages repeat.
#[derive(Debug, thiserror::Error)]
#[error("no {kind}: {fault}")]
struct Unreadable {
    kind: &'static str,
    fault: String,
}

impl Unreadable {
    /// An item that is no `T`. Of serde's `message`, names of fields and of our types are kept.
    fn of<T>(message: &str) -> Self {
        let is_ours = message.starts_with("missing field ");
        let fault = match message.rsplit_once(", expected ") {
            _ if is_ours => message.to_owned(),
            Some((found, expected)) if found.starts_with("invalid ") => {
                format!("something else, where {expected} is expected")
            }
            _ => "a value that it cannot have".to_owned(),
        };
        Self { kind: std::any::type_name::<T>(), fault }
    }
}

fn has_unknown_type(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::L(values) => values.iter().any(has_unknown_type),
        AttributeValue::M(values) => values.values().any(has_unknown_type),
        value => value.is_unknown(),
    }
}

/// Serialises `row` into an item with the key `pk`.
fn item(pk: String, row: &impl Serialize) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(row).map_err(unavailable)?;
    item.insert("pk".to_owned(), AttributeValue::S(pk));
    Ok(item)
}

/// The key of an item; empty if it has none.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "it is only read")]
    struct Row {
        n: u8,
    }

    #[test]
    fn an_item_that_cannot_be_read_is_told_without_its_values() {
        let invalid =
            "invalid type: string \"camille@exemple.example, expected x\", expected a map";
        for (message, told) in [
            ("missing field `n`", "missing field `n`"),
            (invalid, "something else, where a map is expected"),
            (
                "unknown variant `camille@exemple.example`, expected a",
                "a value that it cannot have",
            ),
            ("no address: camille@exemple.example", "a value that it cannot have"),
        ] {
            let error = Unreadable::of::<Row>(message).to_string();

            assert!(error.ends_with(&format!("::Row: {told}")), "{error}");
            assert!(!error.contains("camille"), "{error}");
        }
        for (item, told) in [
            (Item::new(), "missing field `n`"),
            (Item::from([("n".to_owned(), n(300))]), "a value that it cannot have"),
        ] {
            let error = crate::error::chain(&read::<Row>(item).unwrap_err());
            assert!(error.ends_with(&format!("::Row: {told}")), "{error}");
        }
    }

    #[test]
    fn an_attribute_of_a_type_that_the_sdk_does_not_know_is_an_error() {
        for attribute in [r#"{"X":"a"}"#, r#"{"L":[{"X":1}]}"#, r#"{"M":{"a":{"L":[{"X":{}}]}}}"#] {
            let answer = format!(r#"{{"Item":{{"pk":{{"S":"it"}},"of":{attribute}}}}}"#);
            let output = crate::aws::output_in::<GetItem>(answer.leak()).unwrap();

            let row = read::<serde_json::Value>(output.item.unwrap());

            assert!(matches!(row, Err(Error::Unavailable(_))), "{attribute}");
        }
    }
}
