//! Functions and the events that invoke them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::cadence::Cadence;
use super::error::Fault;
use super::permissions::Permissions;
use super::resolve::{ResolveError, Scope, plain_text};
use crate::filter::Filters;
use crate::route::Route;

/// A function of the template.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredFunction {
    /// The logical id in the template.
    pub logical_id: String,
    /// The file of the template that declares it.
    pub file: PathBuf,
    /// The environment variables, including those of `Globals`.
    pub variables: BTreeMap<String, String>,
    /// The timeout of an invocation.
    pub timeout: Duration,
    /// The memory in MB.
    pub memory_mb: i32,
    /// The permissions; `None` for a function with a role from elsewhere.
    pub permissions: Option<Permissions>,
}

/// A function that a table's stream invokes.
#[derive(Clone, Debug)]
pub(crate) struct StreamMapping {
    /// The function.
    pub function: String,
    /// The table.
    pub table: String,
    /// The filters of records.
    pub filters: Filters,
    /// The most records of one invocation.
    pub batch_size: usize,
    /// How often a failed batch is retried; `None` for no limit.
    pub retries: Option<u32>,
    /// The greatest age of a record in seconds, before it is given up; `None` for no limit.
    pub most_seconds: Option<i64>,
    /// Whether a failed batch is split in two.
    pub bisects: bool,
    /// Whether the function reports the records that failed.
    pub reports_failures: bool,
}

/// A schedule that invokes a function.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The name of the event in the template.
    pub name: String,
    /// The function.
    pub function: String,
    /// How often the schedule fires.
    pub cadence: Cadence,
    /// The event, if the template sets one.
    pub input: Option<String>,
}

/// The events that invoke one function.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) routes: Vec<Route>,
    pub(super) mappings: Vec<StreamMapping>,
    pub(super) schedules: Vec<Schedule>,
}

impl DeclaredFunction {
    pub(super) fn read(
        scope: &Scope<'_>,
        globals: &Value,
        logical_id: &str,
        resource: &Value,
    ) -> Result<Self, Fault> {
        let mut variables = BTreeMap::new();
        for properties in [globals, properties_of(resource)] {
            let declared = scope
                .resolve(properties.pointer("/Environment/Variables").unwrap_or(&Value::Null))?;
            for (name, value) in declared.as_object().into_iter().flatten() {
                variables.insert(name.clone(), plain_text(value));
            }
        }
        let setting = |name: &str| -> Result<Option<Value>, ResolveError> {
            properties_of(resource)
                .get(name)
                .or_else(|| globals.get(name))
                .map(|value| scope.resolve(value))
                .transpose()
        };
        let timeout: Option<u64> = typed("Timeout", setting("Timeout")?)?;
        let memory_mb: Option<i32> = typed("MemorySize", setting("MemorySize")?)?;
        let properties = properties_of(resource);
        let boundary = properties.get("PermissionsBoundary");
        let boundary = boundary.or_else(|| globals.get("PermissionsBoundary"));
        let written = properties.get("Role").is_none();
        let permissions =
            written.then(|| Permissions::read(scope, properties.get("Policies"), boundary));
        let permissions = permissions.transpose()?;
        Ok(Self {
            logical_id: logical_id.to_owned(),
            file: scope.file().to_owned(),
            variables,
            permissions,
            timeout: Duration::from_secs(timeout.unwrap_or(3)),
            memory_mb: memory_mb.unwrap_or(128),
        })
    }
}

/// The events that invoke `function`. Other kinds of events are ignored.
pub(super) fn events(scope: &Scope<'_>, function: &str, resource: &Value) -> Result<Events, Fault> {
    let mut events = Events::default();
    let declared = properties_of(resource).get("Events").and_then(Value::as_object);
    for (name, event) in declared.into_iter().flatten() {
        add(&mut events, scope, function, name, event)
            .map_err(|fault| fault.at(format!("Events.{name}")))?;
    }
    Ok(events)
}

fn add(
    events: &mut Events,
    scope: &Scope<'_>,
    function: &str,
    name: &str,
    event: &Value,
) -> Result<(), Fault> {
    let kind = event.get("Type").and_then(Value::as_str).ok_or(Fault::NoType)?;
    if !matches!(kind, "HttpApi" | "DynamoDB" | "Schedule" | "ScheduleV2") {
        return Ok(());
    }
    let properties = match event.get("Properties") {
        Some(properties) => scope.resolve(properties)?,
        None => Value::Object(serde_json::Map::new()),
    };
    match kind {
        "HttpApi" => events.routes.push(route(function, properties)?),
        "DynamoDB" => events.mappings.push(mapping(function, properties)?),
        _ => events.schedules.push(schedule(function, name, properties)?),
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HttpApiProperties {
    method: Option<String>,
    path: Option<String>,
    auth: Option<AuthProperties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AuthProperties {
    authorizer: Option<String>,
}

fn route(function: &str, properties: Value) -> Result<Route, Fault> {
    let properties: HttpApiProperties = from(properties)?;
    let path = properties.path.unwrap_or_else(|| "$default".to_owned());
    let method = properties.method.unwrap_or_else(|| "ANY".to_owned());
    let authorizer = properties.auth.and_then(|auth| auth.authorizer);
    let iam = match authorizer.as_deref() {
        None | Some("NONE") => false,
        Some("AWS_IAM") => true,
        Some(other) => return Err(Fault::Authorizer(other.to_owned())),
    };
    Ok(Route::parse(&method, &path, function, iam)?)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DynamoDbProperties {
    stream: String,
    batch_size: Option<usize>,
    maximum_retry_attempts: Option<i64>,
    maximum_record_age_in_seconds: Option<i64>,
    #[serde(default)]
    bisect_batch_on_function_error: bool,
    #[serde(default)]
    function_response_types: Vec<String>,
    filter_criteria: Option<FilterCriteria>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    #[serde(default)]
    filters: Vec<FilterProperties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterProperties {
    pattern: String,
}

fn mapping(function: &str, properties: Value) -> Result<StreamMapping, Fault> {
    let properties: DynamoDbProperties = from(properties)?;
    let table = properties
        .stream
        .split('/')
        .nth(1)
        .ok_or_else(|| Fault::NotStream(properties.stream.clone()))?
        .to_owned();
    let patterns = properties.filter_criteria.map(|criteria| criteria.filters).unwrap_or_default();
    let patterns: Vec<_> = patterns.into_iter().map(|filter| filter.pattern).collect();
    Ok(StreamMapping {
        function: function.to_owned(),
        table,
        filters: Filters::parse(&patterns)?,
        batch_size: properties.batch_size.unwrap_or(100).max(1),
        retries: properties.maximum_retry_attempts.and_then(|retries| u32::try_from(retries).ok()),
        // -1 means no limit.
        most_seconds: properties.maximum_record_age_in_seconds.filter(|seconds| *seconds >= 0),
        bisects: properties.bisect_batch_on_function_error,
        reports_failures: properties
            .function_response_types
            .iter()
            .any(|kind| kind == "ReportBatchItemFailures"),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleProperties {
    #[serde(alias = "Schedule")]
    schedule_expression: String,
    schedule_expression_timezone: Option<String>,
    input: Option<String>,
}

fn schedule(function: &str, name: &str, properties: Value) -> Result<Schedule, Fault> {
    let properties: ScheduleProperties = from(properties)?;
    if let Some(input) = &properties.input {
        serde_json::from_str::<Value>(input).map_err(|_| Fault::InputNotJson)?;
    }
    Ok(Schedule {
        name: name.to_owned(),
        function: function.to_owned(),
        cadence: Cadence::parse(
            &properties.schedule_expression,
            properties.schedule_expression_timezone.as_deref(),
        )?,
        input: properties.input,
    })
}

fn properties_of(resource: &Value) -> &Value {
    resource.get("Properties").unwrap_or(&Value::Null)
}

fn typed<T: DeserializeOwned>(name: &str, value: Option<Value>) -> Result<Option<T>, Fault> {
    value.map(from).transpose().map_err(|fault| fault.at(name))
}

fn from<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(Fault::Malformed)
}
