//! Queries of an index.

use std::ops::ControlFlow;

use aws_sdk_dynamodb::types::AttributeValue;

use super::expression::Expression;
use super::{Item, Table};

/// A query of an index.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) table: Table,
    pub(super) index: &'static str,
    /// The index's hash attribute and its value.
    pub(super) hash: (&'static str, AttributeValue),
    /// The index's range attribute, and which of its values are wanted; every value if absent.
    pub(super) range: Option<(&'static str, Range)>,
    /// The most items of a page.
    pub(super) page: Option<i32>,
}

/// Values of the range attribute of an index.
#[derive(Clone, Debug)]
pub(super) enum Range {
    /// This value and those before it.
    UpTo(AttributeValue),
    /// This value and those after it.
    From(AttributeValue),
    /// The strings that begin with this one.
    BeginsWith(String),
}

impl Range {
    /// The text of the condition that `name` is in this range.
    pub(super) fn write(self, name: &str, into: &mut Expression) -> String {
        let name = into.path(name);
        match self {
            Self::UpTo(last) => format!("{name} <= {}", into.value(last)),
            Self::From(first) => format!("{name} >= {}", into.value(first)),
            Self::BeginsWith(beginning) => {
                format!("begins_with({name}, {})", into.value(AttributeValue::S(beginning)))
            }
        }
    }
}

/// One page of a query.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) items: Vec<Item>,
    /// The key after which the next page begins; absent on the last page.
    pub(super) next: Option<Item>,
}

/// Stops the query if `enough` was read.
pub(super) fn stop_if(enough: bool) -> ControlFlow<()> {
    if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
