//! Reads: strongly consistent by key, eventually consistent by index.

use std::collections::HashMap;
use std::ops::ControlFlow;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde::de::DeserializeOwned;

use super::expression::Expression;
use super::query::{Page, Query};
use super::{BatchGetItem, GetItem, Item, MAX_ITEMS, Store, Table, read, replay, s, unavailable};
use crate::error::Error;

impl Store {
    /// The item `pk`, read consistently.
    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        table: Table,
        pk: String,
    ) -> Result<Option<T>, Error> {
        self.find_item(table, pk).await?.map(read).transpose()
    }

    pub(super) async fn find_item(&self, table: Table, pk: String) -> Result<Option<Item>, Error> {
        if let Some(script) = replay::script() {
            return script.find(table, pk).await;
        }
        let get = GetItemInput::builder().consistent_read(true).table_name(self.name(table));
        let get = get.key("pk", AttributeValue::S(pk)).build().map_err(unavailable)?;
        let found = self.client.call::<GetItem>(get).await.map_err(unavailable)?;
        Ok(found.item)
    }

    /// The items of `keys`, in no order, read consistently.
    pub(super) async fn find_all(
        &self,
        table: Table,
        keys: Vec<String>,
    ) -> Result<Vec<Item>, Error> {
        if let Some(script) = replay::script() {
            return script.find_all(table, keys).await;
        }
        let mut found = Vec::new();
        let mut wanted: Vec<HashMap<String, AttributeValue>> =
            keys.into_iter().map(|pk| HashMap::from([("pk".to_owned(), s(pk))])).collect();
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(MAX_ITEMS));
            let keys = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(wanted));
            let keys = keys.build().map_err(unavailable)?;
            let name = self.name(table);
            let get = BatchGetItemInput::builder().request_items(name, keys);
            let get = get.build().map_err(unavailable)?;
            let answer = self.client.call::<BatchGetItem>(get).await.map_err(unavailable)?;
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

    /// Passes the items of `query` to `take` until it breaks. An index may lag behind its table.
    pub(super) async fn query(
        &self,
        query: Query,
        mut take: impl FnMut(Item) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let Page { items, next } = self.page(&query, after).await?;
            for item in items {
                if take(item)?.is_break() {
                    return Ok(());
                }
            }
            if next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    /// One page of `query`, after the key `after` if it is given. One request.
    pub(super) async fn page(&self, query: &Query, after: Option<Item>) -> Result<Page, Error> {
        if let Some(script) = replay::script() {
            return Ok(Page { items: script.query(query.clone()).await?, next: None });
        }
        let Query { table, index, hash: (hash, is), range, page } = query.clone();
        let mut expression = Expression::default();
        let mut condition = format!("{} = {}", expression.path(hash), expression.value(is));
        if let Some((name, range)) = range {
            condition += " AND ";
            condition += &range.write(name, &mut expression);
        }
        let (names, values) = expression.finish();
        let query = QueryInput::builder()
            .table_name(self.name(table))
            .index_name(index)
            .key_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .set_limit(page)
            .set_exclusive_start_key(after)
            .build()
            .map_err(unavailable)?;
        let page = self.client.call::<super::Query>(query).await.map_err(unavailable)?;
        let next = page.last_evaluated_key.filter(|key| !key.is_empty());
        Ok(Page { items: page.items.unwrap_or_default(), next })
    }
}
