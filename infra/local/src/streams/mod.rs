//! The streams of tables, which invoke functions.
//!
//! A feed starts at the end of its stream. Records that a stopped stack had not delivered are left
//! to the sweep.

mod batch;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::arn::{REGION, stream_arn};
use crate::engine::{Engine, EngineError};
use crate::lambda::Failure;
use crate::machine::Machine;
use crate::server::stopped;
use crate::template::StreamMapping;

/// How long a feed sleeps without a signal that something was written.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// The delivery of one stream to one function.
pub(crate) struct Feed {
    mapping: StreamMapping,
    position: String,
    writes: watch::Receiver<()>,
}

impl Feed {
    /// A feed of the records written from now on. `writes` signals every write.
    pub(crate) fn new(
        engine: &Engine,
        mapping: &StreamMapping,
        writes: watch::Receiver<()>,
    ) -> Result<Self, EngineError> {
        let position = engine.end_of_stream(&mapping.table)?;
        Ok(Self { mapping: mapping.clone(), position, writes })
    }

    /// Delivers records while the stack lives.
    pub(crate) async fn run(mut self, machine: Arc<Machine>, mut stop: watch::Receiver<bool>) {
        loop {
            let _ = self.writes.borrow_and_update();
            match machine.engine.stream_records(&self.position) {
                Ok((records, next)) if !records.is_empty() => {
                    self.position = next;
                    self.deliver(&machine, records).await;
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "the stream cannot be read"),
            }
            tokio::select! {
                _ = self.writes.changed() => {}
                () = tokio::time::sleep(LONGEST_SLEEP) => {}
                () = stopped(&mut stop) => return,
            }
        }
    }

    async fn deliver(&self, machine: &Machine, records: Vec<Value>) {
        let now = machine.clock.now().as_second();
        let records: Vec<Value> = records
            .into_iter()
            .map(|record| as_event_record(record, &self.mapping.table, now))
            .filter(|record| self.mapping.filters.match_record(record))
            .collect();
        let Some(function) = machine.functions.get(&self.mapping.function) else {
            return;
        };
        for batch in records.chunks(self.mapping.batch_size) {
            let invoke = |records: Vec<Value>| async move {
                let event = to_raw_value(&json!({ "Records": records }))
                    .map_err(|error| Failure::Error(error.to_string()))?;
                function.invoke(event).await
            };
            let now = || machine.clock.now().as_second();
            let deliver = || batch::deliver(&self.mapping, batch.to_vec(), now, invoke);
            let mut given_up = deliver().await;
            if given_up == 0 && machine.duplicates.load(Ordering::Relaxed) {
                given_up = deliver().await;
            }
            if given_up > 0 {
                tracing::warn!(function.name = function.name(), records = given_up, "given up");
            }
        }
    }
}

/// A record in Lambda's form: dynoxide's record with the right source and time.
fn as_event_record(mut record: Value, table: &str, now: i64) -> Value {
    if let Some(members) = record.as_object_mut() {
        members.insert("awsRegion".to_owned(), json!(REGION));
        members.insert("eventSourceARN".to_owned(), json!(stream_arn(table)));
        if let Some(change) = members.get_mut("dynamodb").and_then(Value::as_object_mut) {
            change.insert("ApproximateCreationDateTime".to_owned(), json!(now));
        }
    }
    record
}
