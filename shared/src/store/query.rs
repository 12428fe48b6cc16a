//! What is read of an index.

use std::ops::ControlFlow;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Table;

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

/// Whether what is read is enough.
pub(super) fn stop_if(enough: bool) -> ControlFlow<()> {
    if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
