//! Queries of an index.

use std::ops::ControlFlow;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Table;

/// A query of an index.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) table: Table,
    pub(super) index: &'static str,
    /// The index's hash attribute and its value.
    pub(super) hash: (&'static str, AttributeValue),
    /// The index's range attribute and its greatest value.
    pub(super) until: Option<(&'static str, AttributeValue)>,
    /// The most items of a page.
    pub(super) page: Option<i32>,
}

/// Stops the query if `enough` was read.
pub(super) fn stop_if(enough: bool) -> ControlFlow<()> {
    if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
