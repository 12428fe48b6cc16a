//! The tables of the template.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Fault;
use super::resolve::Scope;

/// A table of the template.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeclaredTable {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    attribute_definitions: Value,
    key_schema: Vec<KeyElement>,
    #[serde(default)]
    global_secondary_indexes: Vec<Index>,
    stream_specification: Option<StreamSpecification>,
    time_to_live_specification: Option<TimeToLive>,
}

/// A global secondary index.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Index {
    /// Its name.
    #[serde(rename = "IndexName")]
    pub name: String,
    key_schema: Value,
    projection: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyElement {
    attribute_name: String,
    key_type: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamSpecification {
    stream_view_type: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

impl DeclaredTable {
    pub(super) fn read(scope: &Scope<'_>, name: &str, resource: &Value) -> Result<Self, Fault> {
        let properties = resource.get("Properties").unwrap_or(&Value::Null);
        let table: Self =
            serde_json::from_value(scope.resolve(properties)?).map_err(Fault::Malformed)?;
        if table.key_schema.is_empty() {
            return Err(Fault::EmptyKeySchema);
        }
        Ok(Self { name: name.to_owned(), ..table })
    }

    /// The attribute of the partition key.
    pub(crate) fn partition_key(&self) -> &str {
        self.key_schema
            .iter()
            .find(|element| element.key_type == "HASH")
            .map_or("", |element| &element.attribute_name)
    }

    /// The global secondary indexes.
    pub(crate) fn indexes(&self) -> &[Index] {
        &self.global_secondary_indexes
    }

    /// Whether the table has a stream.
    pub(crate) fn has_stream(&self) -> bool {
        self.stream_specification.is_some()
    }

    /// The attribute with the time at which a row expires, in seconds.
    pub(crate) fn time_to_live(&self) -> Option<&str> {
        self.time_to_live_specification
            .as_ref()
            .filter(|ttl| ttl.enabled)
            .map(|ttl| ttl.attribute_name.as_str())
    }

    /// The `CreateTable` request of the table.
    pub(crate) fn creation(&self) -> Value {
        let key_schema: Vec<Value> = self
            .key_schema
            .iter()
            .map(|element| {
                json!({ "AttributeName": element.attribute_name, "KeyType": element.key_type })
            })
            .collect();
        let mut request = json!({
            "TableName": self.name,
            "AttributeDefinitions": self.attribute_definitions,
            "KeySchema": key_schema,
            "BillingMode": "PAY_PER_REQUEST",
        });
        if let Some(request) = request.as_object_mut() {
            if !self.global_secondary_indexes.is_empty() {
                let indexes = self.global_secondary_indexes.iter().map(Index::creation).collect();
                request.insert("GlobalSecondaryIndexes".to_owned(), Value::Array(indexes));
            }
            if let Some(stream) = &self.stream_specification {
                let stream =
                    json!({ "StreamEnabled": true, "StreamViewType": stream.stream_view_type });
                request.insert("StreamSpecification".to_owned(), stream);
            }
        }
        request
    }
}

impl Index {
    fn creation(&self) -> Value {
        json!({
            "IndexName": self.name,
            "KeySchema": self.key_schema,
            "Projection": self.projection,
        })
    }
}
