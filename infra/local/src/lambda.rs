//! Lambda: functions that can be invoked.

use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Config, Context, LambdaEvent};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use shared::environment::Environment;
use shared::http::{Function, Invocable};
use tokio::sync::OnceCell;

use crate::arn::function_arn;
use crate::ids;
use crate::template::DeclaredFunction;

/// A function of the template and the code behind it.
pub(crate) struct Lambda {
    name: String,
    /// `None` where the template names a function that was not written yet.
    function: Option<Arc<dyn Function>>,
    environment: Environment,
    variables: Vec<(String, String)>,
    timeout: Duration,
    configuration: Arc<Config>,
    opened: OnceCell<Invocable>,
}

/// Why an invocation gave nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Failure {
    /// The template names a function that was not written yet.
    #[error("the function is not in infra/local/src/functions.rs")]
    Missing,
    /// It could not start, failed or panicked.
    #[error("{0}")]
    Error(String),
    /// It took longer than it may.
    #[error("Task timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
}

impl Failure {
    /// As Lambda's Invoke reports it.
    pub(crate) fn to_json(&self) -> Value {
        let kind = match self {
            Self::Missing => "Runtime.InvalidEntrypoint",
            Self::Error(_) => "Error",
            Self::TimedOut(_) => "Sandbox.Timedout",
        };
        json!({ "errorType": kind, "errorMessage": self.to_string() })
    }
}

impl Lambda {
    /// A function that is opened when it is first invoked.
    pub(crate) fn new(
        name: &str,
        function: Option<Arc<dyn Function>>,
        declared: &DeclaredFunction,
        environment: Environment,
        variables: Vec<(String, String)>,
    ) -> Self {
        let configuration = Config {
            function_name: name.to_owned(),
            memory: declared.memory_mb,
            version: "$LATEST".to_owned(),
            log_stream: "local".to_owned(),
            log_group: format!("/aws/lambda/{name}"),
        };
        Self {
            name: name.to_owned(),
            function,
            environment,
            variables,
            timeout: declared.timeout,
            configuration: Arc::new(configuration),
            opened: OnceCell::new(),
        }
    }

    /// Its kebab-case name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The variables it is started with.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// Invokes it. An invocation goes on when its caller stops waiting, as on AWS.
    pub(crate) async fn invoke(
        self: &Arc<Self>,
        event: Box<RawValue>,
    ) -> Result<Box<RawValue>, Failure> {
        let function = Arc::clone(self);
        let mut task = tokio::spawn(async move {
            let invocable = match function.open().await {
                Ok(invocable) => invocable,
                Err(failure) => return Err(function.log(failure, "cannot start")),
            };
            // The function logs by itself what it fails with.
            invocable(LambdaEvent::new(event, function.context()))
                .await
                .map_err(|error| Failure::Error(shared::error::chain(error.as_ref())))
        });
        match tokio::time::timeout(self.timeout, &mut task).await {
            Ok(Ok(result)) => result,
            Ok(Err(join)) => Err(self.log(Failure::Error(panic_message(join)), "panicked")),
            Err(_) => {
                task.abort();
                Err(self.log(Failure::TimedOut(self.timeout), "timed out"))
            }
        }
    }

    fn log(&self, failure: Failure, what: &str) -> Failure {
        tracing::error!(function.name = self.name, error = %failure, "{what}");
        failure
    }

    async fn open(&self) -> Result<&Invocable, Failure> {
        let function = self.function.as_ref().ok_or(Failure::Missing)?;
        self.opened
            .get_or_try_init(|| function.open(&self.environment))
            .await
            .map_err(|error| Failure::Error(shared::error::chain(error.as_ref())))
    }

    fn context(&self) -> Context {
        let deadline = self.environment.clock.precise_now() + self.timeout;
        let mut context = Context::default();
        context.request_id = ids::request_id();
        context.deadline = u64::try_from(deadline.as_millisecond()).unwrap_or(0);
        context.invoked_function_arn = function_arn(&self.name);
        context.env_config = Arc::clone(&self.configuration);
        context
    }
}

fn panic_message(join: tokio::task::JoinError) -> String {
    match join.try_into_panic() {
        Ok(panic) => panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "it panicked".to_owned()),
        Err(join) => join.to_string(),
    }
}
