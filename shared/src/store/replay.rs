//! Replays operations with recorded answers of the tables, for the model.
//!
//! An operation that runs under a [`Script`] calls no table. Each of its calls waits for an answer.
//! [`Call::answer`] computes the answer and the tables' new rows, from the same rules and changes
//! that are otherwise sent to DynamoDB. Outside of a script this has no effect, and a release does
//! not contain it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::action::{Action, Change, What};
use super::query::{Query, Range};
use super::rules::Rule;
use super::written::{Write, refused};
use super::{Item, Table, read};
use crate::error::Error;

tokio::task_local! {
    static SCRIPT: Script;
}

/// The calls of an operation to the tables so far, with their answers.
#[derive(Clone, Debug, Default)]
pub struct Script(Arc<Mutex<Vec<Asked>>>);

/// A call with its answer. Calls are kept in the order in which they were made.
#[derive(Debug)]
struct Asked {
    call: Call,
    answer: Option<Answer>,
    waker: Waker,
}

/// One call to the tables.
#[derive(Clone, Debug)]
pub struct Call(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Find(Key),
    FindAll(Vec<Key>),
    Query(Query),
    Write(Action, ReturnValue),
    Transact(Vec<Action>),
}

/// The answer to a call.
#[derive(Clone, Debug)]
pub struct Answer(Result<Answered, ()>);

#[derive(Clone, Debug)]
enum Answered {
    Items(Vec<Item>),
    Written(Write, Option<Item>),
}

/// The table and key of an item.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    table: Table,
    pk: String,
}

/// An item, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Item);

/// The items of both tables.
pub type Rows = BTreeMap<Key, Row>;

impl Key {
    /// The `pk` of the item.
    #[must_use]
    pub fn pk(&self) -> &str {
        &self.pk
    }

    /// Its table, as DESIGN calls it.
    #[must_use]
    pub fn table(&self) -> &'static str {
        match self.table {
            Table::Tenants => "tenants",
            Table::Tokens => "tokens",
        }
    }
}

impl Row {
    /// Its attributes.
    #[must_use]
    pub fn attributes(&self) -> &HashMap<String, AttributeValue> {
        &self.0
    }

    /// The item as JSON.
    ///
    /// # Errors
    ///
    /// When it holds a value that JSON cannot express.
    pub fn to_json(&self) -> Result<serde_json::Value, Error> {
        read(self.0.clone())
    }
}

impl Answer {
    /// No answer: the call failed, or its response was lost.
    #[must_use]
    pub fn lost() -> Self {
        Self(Err(()))
    }

    /// The answer as JSON. Equal answers have equal JSON.
    ///
    /// # Errors
    ///
    /// When an item holds a value that JSON cannot express.
    pub fn to_json(&self) -> Result<serde_json::Value, Error> {
        Ok(match &self.0 {
            Err(()) => serde_json::Value::Null,
            Ok(Answered::Items(items)) => items
                .iter()
                .cloned()
                .map(read::<serde_json::Value>)
                .collect::<Result<_, Error>>()?,
            Ok(Answered::Written(write, item)) => {
                let item: Option<serde_json::Value> = item.clone().map(read).transpose()?;
                serde_json::json!([format!("{write:?}"), item])
            }
        })
    }

    /// Whether everything was written.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(&self.0, Ok(Answered::Written(Write::Done, _)))
    }
}

impl Call {
    /// The keys that the call reads or writes; none for a query of an index.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        match &self.0 {
            Kind::Find(key) => vec![key.clone()],
            Kind::FindAll(keys) => keys.clone(),
            Kind::Query(_) => Vec::new(),
            Kind::Write(action, _) => vec![key_of(action)],
            Kind::Transact(actions) => actions.iter().map(key_of).collect(),
        }
    }

    /// Whether the call reads an index, so that any item may matter.
    #[must_use]
    pub fn reads_an_index(&self) -> bool {
        matches!(&self.0, Kind::Query(_))
    }

    /// The index that it reads, if it reads one, and what its hash is: no other item matters.
    #[must_use]
    pub fn index(&self) -> Option<(&'static str, &'static str, &AttributeValue)> {
        match &self.0 {
            Kind::Query(Query { index, hash: (name, is), .. }) => Some((index, name, is)),
            _ => None,
        }
    }

    /// What DynamoDB calls it.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match &self.0 {
            Kind::Find(_) => "GetItem",
            Kind::FindAll(_) => "BatchGetItem",
            Kind::Query(_) => "Query",
            Kind::Write(Action { what: What::Put(_), .. }, _) => "PutItem",
            Kind::Write(Action { what: What::Update(_), .. }, _) => "UpdateItem",
            Kind::Write(Action { what: What::Delete, .. }, _) => "DeleteItem",
            Kind::Transact(_) => "TransactWriteItems",
        }
    }

    /// Whether the call writes.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(&self.0, Kind::Write(..) | Kind::Transact(_))
    }

    /// Whether the call writes one item without a transaction. The SDK repeats such a write when
    /// the response is lost, and DynamoDB does it twice. A transaction has a token that prevents
    /// that.
    #[must_use]
    pub fn is_single_write(&self) -> bool {
        matches!(&self.0, Kind::Write(..))
    }

    /// The answer to the call, given `rows`, which are changed as the call changes the tables.
    ///
    /// # Errors
    ///
    /// When DynamoDB would refuse the call as invalid.
    pub fn answer(&self, rows: &mut Rows) -> Result<Answer, Error> {
        let found = |key: &Key| rows.get(key).map(|row| row.0.clone());
        Ok(Answer(Ok(match &self.0 {
            Kind::Find(key) => Answered::Items(found(key).into_iter().collect()),
            Kind::FindAll(keys) => Answered::Items(keys.iter().filter_map(found).collect()),
            Kind::Query(query) => Answered::Items(
                rows.iter()
                    .filter(|(key, row)| key.table == query.table && query.finds(&row.0))
                    .map(|(_, row)| row.0.clone())
                    .collect(),
            ),
            Kind::Write(action, returned) => {
                let write = write_all(std::slice::from_ref(action), rows)?;
                let item = rows.get(&key_of(action)).map(|row| &row.0).filter(|_| write.is_done());
                Answered::Written(write, item.and_then(|item| shown(item, action, returned)))
            }
            Kind::Transact(actions) => Answered::Written(write_all(actions, rows)?, None),
        })))
    }
}

#[cfg(test)]
impl Call {
    /// The write of one action that returns no attributes.
    pub(super) fn of(action: Action) -> Self {
        Self(Kind::Write(action, ReturnValue::None))
    }

    /// `item` of `table`, with its key.
    pub(super) fn row(table: Table, item: Item) -> (Key, Row) {
        (Key { table, pk: super::pk(&item).to_owned() }, Row(item))
    }
}

impl Query {
    fn finds(&self, item: &Item) -> bool {
        let (hash, is) = &self.hash;
        let in_range = self.range.as_ref().is_none_or(|(name, range)| {
            item.get(*name).is_some_and(|at| match range {
                Range::UpTo(last) => order(at, last).is_some_and(Ordering::is_le),
                Range::From(first) => order(at, first).is_some_and(Ordering::is_ge),
                Range::BeginsWith(beginning) => at.as_s().is_ok_and(|at| at.starts_with(beginning)),
            })
        });
        item.get(*hash) == Some(is) && in_range
    }
}

/// The order of two values of the range of an index, if they are of one type.
fn order(one: &AttributeValue, other: &AttributeValue) -> Option<Ordering> {
    match (one, other) {
        (AttributeValue::S(one), AttributeValue::S(other)) => Some(one.cmp(other)),
        (AttributeValue::N(one), AttributeValue::N(other)) => {
            Some(one.parse::<i64>().ok()?.cmp(&other.parse().ok()?))
        }
        _ => None,
    }
}

fn key_of(action: &Action) -> Key {
    Key { table: action.table, pk: action.pk.clone() }
}

fn write_all(actions: &[Action], rows: &mut Rows) -> Result<Write, Error> {
    let holds = |action: &&Action| action.ruled.holds(rows.get(&key_of(action)).map(|row| &row.0));
    let broken: Vec<Rule> =
        actions.iter().filter(|action| !holds(action)).map(|action| action.ruled.rule()).collect();
    if !broken.is_empty() {
        return Ok(refused(&broken));
    }
    for action in actions {
        let key = key_of(action);
        let item = rows.remove(&key).map(|row| row.0);
        if let Some(item) = action.apply(item)? {
            rows.insert(key, Row(item));
        }
    }
    Ok(Write::Done)
}

/// The part of `item`, after the write, that the write asked to return.
fn shown(item: &Item, action: &Action, returned: &ReturnValue) -> Option<Item> {
    match returned {
        ReturnValue::AllNew => Some(item.clone()),
        ReturnValue::UpdatedNew => {
            let What::Update(changes) = &action.what else {
                return None;
            };
            let names = changes.iter().map(|change| match change {
                Change::Set(name, _) | Change::Remove(name) | Change::Add(name, _) => name,
            });
            let values = names.filter_map(|name| Some((name.clone(), item.get(name)?.clone())));
            Some(values.collect())
        }
        _ => None,
    }
}

impl Script {
    /// Runs `future` under this script.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        SCRIPT.scope(self.clone(), future).await
    }

    /// The calls that wait for an answer, each with its number.
    #[must_use]
    pub fn waiting(&self) -> Vec<(usize, Call)> {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = asked.iter().enumerate().filter(|(_, asked)| asked.answer.is_none());
        waiting.map(|(number, asked)| (number, asked.call.clone())).collect()
    }

    /// Answers the call `number`.
    pub fn answer(&self, number: usize, answer: Answer) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = asked.get_mut(number) {
            asked.answer = Some(answer);
            asked.waker.wake_by_ref();
        }
    }

    async fn ask(&self, kind: Kind) -> Result<Answered, Error> {
        let mut number = None;
        let answer = poll_fn(move |context| {
            let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let number = *number.get_or_insert(asked.len());
            match asked.get_mut(number) {
                None => {
                    let (call, waker) = (Call(kind.clone()), context.waker().clone());
                    asked.push(Asked { call, answer: None, waker });
                    Poll::Pending
                }
                Some(Asked { answer: Some(answer), .. }) => Poll::Ready(answer.clone()),
                Some(asked) => {
                    asked.waker.clone_from(context.waker());
                    Poll::Pending
                }
            }
        });
        answer.await.0.map_err(|()| Error::Unavailable("no answer".into()))
    }

    async fn items(&self, kind: Kind) -> Result<Vec<Item>, Error> {
        match self.ask(kind).await? {
            Answered::Items(items) => Ok(items),
            Answered::Written(..) => Err(Error::Unavailable("an answer to another call".into())),
        }
    }

    async fn written(&self, kind: Kind) -> Result<(Write, Option<Item>), Error> {
        match self.ask(kind).await? {
            Answered::Written(write, item) => Ok((write, item)),
            Answered::Items(_) => Err(Error::Unavailable("an answer to another call".into())),
        }
    }

    pub(super) async fn find(&self, table: Table, pk: String) -> Result<Option<Item>, Error> {
        Ok(self.items(Kind::Find(Key { table, pk })).await?.pop())
    }

    pub(super) async fn find_all(
        &self,
        table: Table,
        keys: Vec<String>,
    ) -> Result<Vec<Item>, Error> {
        // Sorted, because sets have no stable order and every run must be the same.
        let mut keys: Vec<Key> = keys.into_iter().map(|pk| Key { table, pk }).collect();
        keys.sort();
        self.items(Kind::FindAll(keys)).await
    }

    pub(super) async fn query(&self, query: Query) -> Result<Vec<Item>, Error> {
        self.items(Kind::Query(query)).await
    }

    pub(super) async fn write(
        &self,
        action: Action,
        returned: ReturnValue,
    ) -> Result<(Write, Option<Item>), Error> {
        self.written(Kind::Write(action, returned)).await
    }

    pub(super) async fn transact(&self, actions: Vec<Action>) -> Result<Write, Error> {
        self.written(Kind::Transact(actions)).await.map(|(write, _)| write)
    }
}

/// The script of the running operation, if there is one.
pub(super) fn script() -> Option<Script> {
    if cfg!(debug_assertions) { SCRIPT.try_with(Clone::clone).ok() } else { None }
}
