//! What wakes this function.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// What wakes this function: the stream of the table of what expires, or the schedule.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Rows were written.
    Stream {
        /// What was written.
        #[serde(rename = "Records")]
        records: Vec<Record>,
    },
    /// It is time to look for what the stream has not brought through.
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

/// A record that the stream is to bring again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    item_identifier: String,
}

impl Record {
    /// The row that was inserted, and how to have its record brought again. A row that was only
    /// changed is no new mail.
    pub(crate) fn insertion(mut self) -> Option<(String, Failure)> {
        if self.event_name != "INSERT" {
            return None;
        }
        let row = self.dynamodb.keys.remove("pk")?.text;
        Some((row, Failure { item_identifier: self.dynamodb.sequence_number }))
    }
}
