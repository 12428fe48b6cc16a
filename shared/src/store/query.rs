//! Reading an index.

use std::ops::ControlFlow;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Item, Store, Table, replay, unavailable};
use crate::error::Error;

/// Which items of an index are read.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) table: Table,
    pub(super) index: &'static str,
    /// The attribute that is the hash of the index, and what it is.
    pub(super) hash: (&'static str, AttributeValue),
    /// The attribute that is the range of the index, and what it is at most.
    pub(super) until: Option<(&'static str, AttributeValue)>,
    /// How many items a page brings at most.
    pub(super) page: Option<i32>,
}

impl Store {
    /// Gives the items that `query` finds to `take`, as they were lately, until it breaks.
    pub(super) async fn query(
        &self,
        query: Query,
        mut take: impl FnMut(Item) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        if let Some(script) = replay::script() {
            for item in script.query(query).await? {
                if take(item)?.is_break() {
                    break;
                }
            }
            return Ok(());
        }
        let Query { table, index, hash: (hash, is), until, page } = query;
        let mut condition = format!("{hash} = :hash");
        let mut pages = self.client.query().table_name(self.name(table)).index_name(index);
        if let Some((range, until)) = until {
            condition = format!("{condition} AND {range} <= :until");
            pages = pages.expression_attribute_values(":until", until);
        }
        let pages = pages.key_condition_expression(condition);
        let pages = pages.expression_attribute_values(":hash", is).set_limit(page);
        let mut items = pages.into_paginator().items().send();
        while let Some(item) = items.next().await {
            if take(item.map_err(unavailable)?)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Whether what is read is enough.
pub(super) fn stop_if(enough: bool) -> ControlFlow<()> {
    if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
