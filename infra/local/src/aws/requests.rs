//! Records the calls of functions to AWS, for tests and benches that count them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::faults::Fail;
use super::service::Service;

/// The number of calls that are kept. The oldest are dropped first.
const KEPT: usize = 50_000;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Call {
    /// The function that made it: the access key it was signed with.
    pub function: String,
    /// The service.
    pub service: Service,
    /// The action, as in `TransactWriteItems`.
    pub action: String,
    /// The items in the call, for `DynamoDB`.
    pub items: Vec<Item>,
    /// When the call came, in milliseconds since 1970 on the system's clock.
    pub started: f64,
    /// When the call was answered, in the same unit.
    pub ended: f64,
    /// The status of the answer; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The kind of error that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The fault that was injected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fail>,
    /// The cost of the call.
    #[serde(flatten)]
    pub units: Units,
}

/// Items of one kind in a call.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Item {
    /// The table.
    pub table: String,
    /// The index, for a query on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The action on this item, as IAM names it: `PutItem` for a transaction's put.
    pub action: String,
    /// The prefix of the partition key, such as `lease#`. The rest may be personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How many such items.
    pub count: usize,
}

/// Capacity units, of tables and of indexes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Units {
    /// Read units of tables.
    #[serde(rename = "read_units")]
    pub read: f64,
    /// Write units of tables.
    #[serde(rename = "write_units")]
    pub write: f64,
    /// Read units of indexes.
    #[serde(rename = "index_read_units")]
    pub index_read: f64,
    /// Write units of indexes.
    #[serde(rename = "index_write_units")]
    pub index_write: f64,
}

/// The calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<VecDeque<Call>>);

impl Requests {
    pub(crate) fn record(&self, call: Call) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// The recorded calls.
    pub(crate) fn list(&self) -> Vec<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Forgets all calls.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
