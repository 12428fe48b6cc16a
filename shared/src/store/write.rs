//! Sends writes and repeats them.

use std::future::Future;
use std::time::Duration;

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsInput,
};
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValue, TransactWriteItem, Update,
};

use super::action::{Action, What, write_update};
use super::expression::{Expression, Names};
use super::rules::Rule;
use super::written::{Write, refused};
use super::{
    DeleteItem, Item, PutItem, Store, TransactWriteItems, UpdateItem, replay, unavailable,
};
use crate::aws::Failure;
use crate::error::Error;
use crate::random;

/// How often a write is tried while another transaction conflicts with it.
const CONFLICT_ATTEMPTS: u32 = 8;
/// How often a stale attempt is repeated before the caller gets `unavailable`.
const STALE_ATTEMPTS: u32 = 6;
/// How often two rows are read again that one transaction may be writing. `DynamoDB` shows it row by
/// row while it commits.
pub const TORN_READS: u32 = 3;

/// Repeats `attempt`, which reads, decides and writes, while it returns `None` because its read was
/// stale. Its argument is the number of earlier attempts.
///
/// # Errors
///
/// Those of `attempt`; `unavailable` if every attempt was stale.
pub async fn retry_stale<T, F>(attempt: impl Fn(u32) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<Option<T>, Error>>,
{
    for number in 0..STALE_ATTEMPTS {
        if let Some(settled) = attempt(number).await? {
            return Ok(settled);
        }
        if number > 0 {
            pause(number).await;
        }
    }
    Err(Error::Unavailable("what was read kept changing".into()))
}

impl Store {
    pub(super) async fn write(&self, action: Action) -> Result<Write, Error> {
        self.write_returning(action, ReturnValue::None).await.map(|(write, _)| write)
    }

    /// Writes one action. Returns the item's attributes as `returned` asks.
    pub(super) async fn write_returning(
        &self,
        action: Action,
        returned: ReturnValue,
    ) -> Result<(Write, Option<Item>), Error> {
        if let Some(script) = replay::script() {
            return script.write(action, returned).await;
        }
        let rule = action.ruled.rule();
        let prepared = Prepared::of(action)?;
        for attempt in 0..CONFLICT_ATTEMPTS {
            match self.send(&prepared, &returned).await {
                Ok(attributes) => return Ok((Write::Done, attributes)),
                Err(Unwritten::Condition) => return Ok((refused(&[rule]), None)),
                Err(Unwritten::Conflict) => pause(attempt).await,
                Err(Unwritten::Failed(error)) => return Err(error),
            }
        }
        Err(in_the_way())
    }

    /// Writes all of `actions`, or none.
    pub(super) async fn transact(&self, actions: Vec<Action>) -> Result<Write, Error> {
        if let Some(script) = replay::script() {
            return script.transact(actions).await;
        }
        let rules: Vec<Rule> = actions.iter().map(|action| action.ruled.rule()).collect();
        let items = actions.into_iter().map(|action| {
            let table = self.name(action.table).to_owned();
            Prepared::of(action)?.in_transaction(&table).map_err(unavailable)
        });
        let items: Vec<TransactWriteItem> = items.collect::<Result<_, Error>>()?;
        // One for all tries: DynamoDB knows by it what an earlier one has done late.
        let token = format!("{:032x}", u128::from_be_bytes(random::bytes()));
        for attempt in 0..CONFLICT_ATTEMPTS {
            let write = TransactWriteItemsInput::builder()
                .client_request_token(&token)
                .set_transact_items(Some(items.clone()))
                .build()
                .map_err(unavailable)?;
            let Err(error) = self.client.call::<TransactWriteItems>(write).await else {
                return Ok(Write::Done);
            };
            let broken: Vec<Rule> = reasons(&error)
                .into_iter()
                .zip(&rules)
                .filter(|(code, _)| *code == Some("ConditionalCheckFailed"))
                .map(|(_, rule)| *rule)
                .collect();
            let answer = (!broken.is_empty()).then(|| refused(&broken));
            // A refusing rule may seem broken only because another transaction is still writing an
            // item.
            let seems = matches!(answer, Some(Write::Refused(_))) && is_passing(&error);
            if let Some(answer) = answer.filter(|_| !seems) {
                return Ok(answer);
            }
            if !is_passing(&error) {
                return Err(unavailable(error));
            }
            pause(attempt).await;
        }
        Err(in_the_way())
    }

    async fn send(
        &self,
        prepared: &Prepared,
        returned: &ReturnValue,
    ) -> Result<Option<Item>, Unwritten> {
        let Prepared { pk, what, update, condition, names, values, table } = prepared.clone();
        let table = self.name(table);
        let returned = Some(returned.clone());
        match what {
            What::Put(item) => {
                let put = PutItemInput::builder()
                    .table_name(table)
                    .set_item(Some(item))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?;
                Ok(self.client.call::<PutItem>(put).await?.attributes)
            }
            What::Update(_) => {
                let update = UpdateItemInput::builder()
                    .table_name(table)
                    .key("pk", AttributeValue::S(pk))
                    .set_update_expression(update)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .set_return_values(returned)
                    .build()?;
                Ok(self.client.call::<UpdateItem>(update).await?.attributes)
            }
            What::Delete => {
                let delete = DeleteItemInput::builder()
                    .table_name(table)
                    .key("pk", AttributeValue::S(pk))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?;
                Ok(self.client.call::<DeleteItem>(delete).await?.attributes)
            }
        }
    }
}

/// An action with its expressions written.
#[derive(Clone)]
struct Prepared {
    table: super::Table,
    pk: String,
    what: What,
    update: Option<String>,
    condition: Option<String>,
    names: Option<Names>,
    values: Option<Item>,
}

impl Prepared {
    fn of(action: Action) -> Result<Self, Error> {
        if let Some(fault) = action.fault {
            return Err(Error::Unavailable(fault.into()));
        }
        let mut expression = Expression::default();
        let update = match &action.what {
            What::Update(changes) => Some(write_update(changes, &mut expression)),
            What::Put(_) | What::Delete => None,
        };
        let condition = action.ruled.write(&mut expression);
        let (names, values) = expression.finish();
        let (pk, what, table) = (action.pk, action.what, action.table);
        Ok(Self { table, pk, what, update, condition, names, values })
    }

    fn in_transaction(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let item = TransactWriteItem::builder();
        Ok(match self.what {
            What::Put(put) => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(put))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(self.names)
                    .set_expression_attribute_values(self.values)
                    .build()?,
            ),
            What::Update(_) => item.update(
                Update::builder()
                    .table_name(table)
                    .key("pk", AttributeValue::S(self.pk))
                    .set_update_expression(self.update)
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(self.names)
                    .set_expression_attribute_values(self.values)
                    .build()?,
            ),
            What::Delete => item.delete(
                Delete::builder()
                    .table_name(table)
                    .key("pk", AttributeValue::S(self.pk))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(self.names)
                    .set_expression_attribute_values(self.values)
                    .build()?,
            ),
        }
        .build())
    }
}

/// Why a write of one item did not happen.
#[derive(Debug)]
enum Unwritten {
    /// Its condition does not hold.
    Condition,
    /// A transaction is writing the item.
    Conflict,
    /// The call failed.
    Failed(Error),
}

impl<E> From<Failure<E>> for Unwritten
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn from(failure: Failure<E>) -> Self {
        match failure.code() {
            Some("ConditionalCheckFailedException") => Self::Condition,
            Some("TransactionConflictException") => Self::Conflict,
            _ => Self::Failed(unavailable(failure)),
        }
    }
}

impl From<BuildError> for Unwritten {
    fn from(error: BuildError) -> Self {
        Self::Failed(unavailable(error))
    }
}

fn in_the_way() -> Error {
    Error::Unavailable("another transaction stayed in the way".into())
}

/// Waits a random time that grows with each attempt, so that conflicting writes separate.
async fn pause(attempt: u32) {
    let [chance] = random::bytes();
    let most = 10_u64 << attempt.min(6);
    tokio::time::sleep(Duration::from_millis(most * u64::from(chance) / 255 + 1)).await;
}

/// Whether the same transaction may succeed a moment later. The client does not repeat such calls.
fn is_passing(error: &Failure<TransactWriteItemsError>) -> bool {
    let passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    error.code() == Some("TransactionInProgressException")
        || reasons(error).into_iter().flatten().any(|code| passing.contains(&code))
}

fn reasons(error: &Failure<TransactWriteItemsError>) -> Vec<Option<&str>> {
    match error.refusal() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().map(|reason| reason.code()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_succeeds_last_is_a_success() {
        let done = retry_stale(|number| async move { Ok((number == 5).then_some(number)) }).await;
        let never = retry_stale(|_| async { Ok(None::<()>) }).await;

        assert_eq!(done.unwrap(), 5);
        assert_eq!(never.unwrap_err().code(), "unavailable");
    }
}
