//! The events of this function.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// An event: from the stream of the tokens table, or from the schedule.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Rows were written.
    Stream {
        /// The writes.
        #[serde(rename = "Records")]
        records: Vec<Record>,
    },
    /// The schedule asks for a sweep of all due mails.
    Sweep {},
}

/// A write to the table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    event_name: String,
    dynamodb: Written,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    keys: HashMap<String, Text>,
    sequence_number: String,
}

#[derive(Debug, Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// A record that the stream has to deliver again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    item_identifier: String,
}

impl Record {
    /// The inserted row, and the failure to report for its record. `None` for a change of a row,
    /// which is not a new mail.
    pub(crate) fn insertion(mut self) -> Option<(String, Failure)> {
        if self.event_name != "INSERT" {
            return None;
        }
        let row = self.dynamodb.keys.remove("pk")?.text;
        Some((row, Failure { item_identifier: self.dynamodb.sequence_number }))
    }
}
