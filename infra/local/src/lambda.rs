//! Lambda: functions that can be invoked, each with its timeout.

use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Config, Context, LambdaEvent};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::environment::Environment;
use shared::http::{Function, Invocable};
use tokio::sync::OnceCell;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;

use crate::arn::function_arn;
use crate::ids;
use crate::invocation;
use crate::journal::{Event, Journal, Record};
use crate::template::DeclaredFunction;

/// A function of the template and the code behind it.
pub(crate) struct Lambda {
    name: String,
    /// `None` if the template names a function that does not exist yet.
    function: Option<Arc<dyn Function>>,
    environment: Environment,
    variables: Vec<(String, String)>,
    timeout: Duration,
    configuration: Arc<Config>,
    opened: OnceCell<Invocable>,
    journal: Arc<Journal>,
}

/// Why an invocation failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Failure {
    /// The template names a function that does not exist yet.
    #[error("the function is not in infra/local/src/functions.rs")]
    Missing,
    /// The function could not start, failed or panicked.
    #[error("{0}")]
    Error(String),
    /// The function exceeded its timeout.
    #[error("Task timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
}

impl Failure {
    /// The report of Lambda's Invoke.
    pub(crate) fn to_json(&self) -> Value {
        let kind = match self {
            Self::Missing => "Runtime.InvalidEntrypoint",
            Self::Error(_) => "Error",
            Self::TimedOut(_) => "Sandbox.Timedout",
        };
        json!({ "errorType": kind, "errorMessage": self.to_string() })
    }
}

/// Writes what the functions of this process log to `writer`, in the lines that Lambda collects.
pub fn function_log<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static,
{
    shared::http::log("local".to_owned(), Clock::default(), writer)
}

impl Lambda {
    /// A function that is opened at its first invocation.
    pub(crate) fn new(
        name: &str,
        function: Option<Arc<dyn Function>>,
        declared: &DeclaredFunction,
        environment: Environment,
        variables: Vec<(String, String)>,
        journal: &Arc<Journal>,
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
            journal: Arc::clone(journal),
        }
    }

    /// The kebab-case name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The environment variables.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// Invokes the function. As on AWS, an invocation goes on if its caller stops waiting.
    pub(crate) async fn invoke(
        self: &Arc<Self>,
        event: Box<RawValue>,
    ) -> Result<Box<RawValue>, Failure> {
        let (function, number) = (Arc::clone(self), invocation::next());
        let work = async move {
            let invocable = match function.open().await {
                Ok(invocable) => invocable,
                Err(failure) => return Err(function.log(failure, "cannot start")),
            };
            let result = invocable(LambdaEvent::new(event, function.context()));
            let result = result.await.map_err(|error| {
                // Beside what the function logs, Lambda's runtime logs the error in this form.
                tracing::error!(target: "lambda_runtime", "{error:?}");
                Failure::Error(shared::error::chain(error.as_ref()))
            });
            function.note_end(number, result.as_deref().ok());
            result
        };
        let mut task = tokio::spawn(invocation::scope(number, work));
        match tokio::time::timeout(self.timeout, &mut task).await {
            Ok(Ok(result)) => result,
            Ok(Err(join)) => {
                let panicked = Failure::Error(panic_message(join));
                let failure = invocation::within(number, || self.log(panicked, "panicked"));
                self.note_end(number, None);
                Err(failure)
            }
            Err(_) => {
                task.abort();
                let late = Failure::TimedOut(self.timeout);
                let failure = invocation::within(number, || self.log(late, "timed out"));
                self.note_end(number, None);
                Err(failure)
            }
        }
    }

    /// Records the end of an invocation: the value it `returned`, or `None` if it failed.
    fn note_end(&self, number: u64, returned: Option<&RawValue>) {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "statusCode")]
            status: u64,
        }
        if !self.journal.is_kept() {
            return;
        }
        let answer = returned.and_then(|it| serde_json::from_str::<Answer>(it.get()).ok());
        let event = Event::End { status: answer.map(|it| it.status), failed: returned.is_none() };
        self.journal.keep(Record {
            at: self.environment.clock.now(),
            function: self.name.clone(),
            invocation: Some(number),
            action: String::new(),
            fault: None,
            event,
        });
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
