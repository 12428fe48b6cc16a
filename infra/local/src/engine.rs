//! The embedded `DynamoDB`: dynoxide, reached by its wire protocol.

use std::net::SocketAddr;
use std::path::Path;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::response::Parts;
use axum::http::{Request, Uri};
use dynoxide::{Database, DynoxideError};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::server::stopped;
use crate::template::DeclaredTable;

/// How many rows a sweep reads before it yields to other tasks.
const SWEPT_AT_A_TIME: usize = 200;

/// The embedded engine and the tables in it.
pub(crate) struct Engine {
    database: Database,
    uri: Uri,
    client: Client<HttpConnector, Body>,
}

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The engine failed.
    #[error("the embedded DynamoDB cannot start: {0}")]
    Engine(#[from] DynoxideError),
    /// The tables in the file differ from the template's.
    #[error("the table {0} was made from another template.yaml: start over with FRESH=1")]
    OtherTemplate(String),
}

impl Engine {
    /// Opens the engine with `tables` on the file at `path`, or in memory. It is reached at
    /// `address` once it is served.
    pub(crate) fn open(
        path: Option<&Path>,
        tables: &[DeclaredTable],
        address: SocketAddr,
    ) -> Result<Self, EngineError> {
        let database = open_database(path)?;
        let uri = Uri::try_from(format!("http://{address}/"))
            .map_err(|error| DynoxideError::InternalServerError(error.to_string()))?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let engine = Self { database, uri, client };
        for table in tables {
            engine.ensure(table)?;
        }
        Ok(engine)
    }

    fn ensure(&self, table: &DeclaredTable) -> Result<(), EngineError> {
        let name = json!({ "TableName": table.name });
        match self.database.describe_table(request(name)?) {
            Ok(existing) if is_as_declared(table, &json_of(&existing)?) => return Ok(()),
            Ok(_) => return Err(EngineError::OtherTemplate(table.name.clone())),
            Err(DynoxideError::ResourceNotFoundException(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.database.create_table(request(table.creation())?)?;
        if let Some(attribute) = table.time_to_live() {
            let specification = json!({ "Enabled": true, "AttributeName": attribute });
            self.database.update_time_to_live(request(json!({
                "TableName": table.name,
                "TimeToLiveSpecification": specification,
            }))?)?;
        }
        Ok(())
    }

    /// Serves the wire protocol until `stop` is true.
    pub(crate) fn serve(
        &self,
        listener: TcpListener,
        mut stop: watch::Receiver<bool>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let database = self.database.clone();
        async move {
            let stop = async move { stopped(&mut stop).await };
            if let Err(error) =
                dynoxide::server::serve_with_shutdown(listener, database, stop).await
            {
                tracing::error!(error, "the embedded DynamoDB stopped");
            }
        }
    }

    /// The engine's answer to `request`; `None` if it does not answer.
    pub(crate) async fn call(&self, mut request: Request<Body>) -> Option<(Parts, Bytes)> {
        *request.uri_mut() = self.uri.clone();
        let response = self.client.request(request).await.ok()?;
        let (parts, body) = response.into_parts();
        let body = to_bytes(Body::new(body), usize::MAX).await.ok()?;
        Some((parts, body))
    }

    /// The row of `table` with this partition key.
    pub(crate) fn find_row(
        &self,
        table: &DeclaredTable,
        key: &str,
    ) -> Result<Option<Value>, DynoxideError> {
        let mut keys = serde_json::Map::new();
        keys.insert(table.partition_key().to_owned(), json!({ "S": key }));
        let found = self.database.get_item(request(json!({
            "TableName": table.name,
            "Key": keys,
            "ConsistentRead": true,
        }))?)?;
        Ok(json_of(&found)?.get("Item").cloned())
    }

    pub(crate) fn all_rows(&self, table: &DeclaredTable) -> Result<Vec<Value>, DynoxideError> {
        let mut rows = Vec::new();
        let mut after = Value::Null;
        loop {
            let mut page = json_of(&self.database.scan(request(json!({
                "TableName": table.name,
                "ExclusiveStartKey": after,
            }))?)?)?;
            if let Some(Value::Array(items)) = page.get_mut("Items").map(Value::take) {
                rows.extend(items);
            }
            after = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
            if after.is_null() {
                return Ok(rows);
            }
        }
    }

    /// The number of rows of `table` in its index `index`.
    pub(crate) fn count_rows(
        &self,
        table: &DeclaredTable,
        index: &str,
    ) -> Result<u64, DynoxideError> {
        let mut rows = 0;
        let mut after = Value::Null;
        loop {
            let page = json_of(&self.database.scan(request(json!({
                "TableName": table.name,
                "IndexName": index,
                "Select": "COUNT",
                "ExclusiveStartKey": after,
            }))?)?)?;
            rows += page.get("Count").and_then(Value::as_u64).unwrap_or(0);
            after = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
            if after.is_null() {
                return Ok(rows);
            }
        }
    }

    /// Deletes the rows of `table` that have expired at `now`, and returns their number. dynoxide's
    /// own sweep uses the system's clock, not the stack's.
    pub(crate) async fn sweep(
        &self,
        table: &DeclaredTable,
        now: Timestamp,
    ) -> Result<usize, DynoxideError> {
        let Some(attribute) = table.time_to_live() else {
            return Ok(0);
        };
        let mut deleted = 0;
        let mut after = Value::Null;
        loop {
            let page = json_of(&self.database.scan(request(json!({
                "TableName": table.name,
                "Limit": SWEPT_AT_A_TIME,
                "ExclusiveStartKey": after,
                "FilterExpression": "#ttl < :now",
                "ProjectionExpression": "#pk",
                "ExpressionAttributeNames": { "#ttl": attribute, "#pk": table.partition_key() },
                "ExpressionAttributeValues": { ":now": { "N": now.as_second().to_string() } },
            }))?)?)?;
            for key in page.get("Items").and_then(Value::as_array).into_iter().flatten() {
                let gone = self.database.delete_item(request(json!({
                    "TableName": table.name,
                    "Key": key,
                    "ConditionExpression": "#ttl < :now",
                    "ExpressionAttributeNames": { "#ttl": attribute },
                    "ExpressionAttributeValues": { ":now": { "N": now.as_second().to_string() } },
                }))?);
                match gone {
                    Ok(_) => deleted += 1,
                    Err(DynoxideError::ConditionalCheckFailedException(..)) => {}
                    Err(error) => return Err(error),
                }
            }
            after = page.get("LastEvaluatedKey").cloned().unwrap_or_default();
            if after.is_null() {
                return Ok(deleted);
            }
            tokio::task::yield_now().await;
        }
    }

    /// The present end of the stream of `table`. Later records come after it.
    pub(crate) fn end_of_stream(&self, table: &str) -> Result<String, DynoxideError> {
        let iterator = self.database.get_shard_iterator(request(json!({
            "StreamArn": dynoxide::streams::stream_arn(table, "local"),
            "ShardId": dynoxide::streams::shard_id(table),
            "ShardIteratorType": "LATEST",
        }))?)?;
        iterator.shard_iterator.ok_or_else(|| {
            DynoxideError::InternalServerError("the stream has no iterator".to_owned())
        })
    }

    /// The records of a stream after `position`, and the position after them.
    pub(crate) fn stream_records(
        &self,
        position: &str,
    ) -> Result<(Vec<Value>, String), DynoxideError> {
        let found = self.database.get_records(request(json!({ "ShardIterator": position }))?)?;
        let next = found.next_shard_iterator.clone().unwrap_or_else(|| position.to_owned());
        let records = found.records.iter().map(json_of).collect::<Result<_, _>>()?;
        Ok((records, next))
    }
}

/// Opens the database and empties its streams. dynoxide numbers a record by reading all records, so
/// each write would cost more than the one before. Feeds start at the end of the streams, so old
/// records are not needed.
fn open_database(path: Option<&Path>) -> Result<Database, DynoxideError> {
    const QUICK_STREAMS: &str = "
        DELETE FROM _stream_records;
        CREATE INDEX IF NOT EXISTS local_stream_numbers
            ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
        CREATE INDEX IF NOT EXISTS local_stream_positions
            ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));";
    let name = match path {
        Some(path) => path.to_string_lossy().into_owned(),
        // In memory, under a name by which a second connection finds it.
        None => format!("file:{}?mode=memory&cache=shared", crate::ids::request_id()),
    };
    let database = Database::new(&name)?;
    rusqlite::Connection::open(&name)?.execute_batch(QUICK_STREAMS)?;
    Ok(database)
}

fn is_as_declared(table: &DeclaredTable, description: &Value) -> bool {
    let indexes = description.pointer("/Table/GlobalSecondaryIndexes").and_then(Value::as_array);
    let mut names: Vec<&str> = indexes
        .into_iter()
        .flatten()
        .filter_map(|index| index.get("IndexName")?.as_str())
        .collect();
    let mut declared: Vec<&str> = table.indexes().iter().map(|index| index.name.as_str()).collect();
    names.sort_unstable();
    declared.sort_unstable();
    let streams = description.pointer("/Table/StreamSpecification/StreamEnabled").is_some();
    names == declared && streams == table.has_stream()
}

fn request<T: DeserializeOwned>(value: Value) -> Result<T, DynoxideError> {
    serde_json::from_value(value)
        .map_err(|error| DynoxideError::ValidationException(error.to_string()))
}

fn json_of(value: &impl Serialize) -> Result<Value, DynoxideError> {
    serde_json::to_value(value)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
