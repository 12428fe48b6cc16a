//! A function as Lambda runs it: a process, and the runtime API that it takes its events from.

use std::fs::File;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::usage::Usage;

/// How long an invocation may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// A function as Lambda runs it. Dropping it ends its process.
pub(crate) struct Sandbox {
    function: String,
    process: Child,
    events: mpsc::UnboundedSender<Invocation>,
    api: JoinHandle<()>,
}

struct Invocation {
    event: String,
    answer: oneshot::Sender<Outcome>,
}

/// What a function answers, or says that it failed with.
type Outcome = Result<String, String>;

/// The runtime API of one process.
struct Api {
    events: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    /// The waiter for the answer to the present event: one at a time.
    under_way: Mutex<Option<oneshot::Sender<Outcome>>>,
}

impl Sandbox {
    /// Starts `command`, a bootstrap, with `variables` and those of Lambda; what it logs goes to
    /// `log`.
    pub(crate) async fn start(
        function: &str,
        mut command: Command,
        variables: &[(String, String)],
        log: &Path,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (events, waiting) = mpsc::unbounded_channel();
        let state = Api { events: waiting.into(), under_way: Mutex::default() };
        let api = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/bench/response", post(response))
            .route("/2018-06-01/runtime/invocation/bench/error", post(error))
            .with_state(Arc::new(state));
        let api = tokio::spawn(async move { axum::serve(listener, api).await.expect("it serves") });
        let log = File::create(log).expect("a log");
        let program = command.get_program().to_owned();
        let process = command
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}"))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        Self { function: function.to_owned(), process, events, api }
    }

    /// What the function answers to `event`.
    pub(crate) async fn invoke(&self, event: &Value) -> Value {
        let (answer, answered) = oneshot::channel();
        let _ = self.events.send(Invocation { event: event.to_string(), answer });
        let answered = tokio::time::timeout(PATIENCE, answered).await;
        let answered = answered.ok().and_then(Result::ok);
        let outcome = answered.unwrap_or_else(|| panic!("{} does not answer", self.function));
        let answer = outcome.unwrap_or_else(|error| panic!("{} failed: {error}", self.function));
        serde_json::from_str(&answer).expect("an answer in JSON")
    }

    /// The body of what it answers to `event`, which must succeed.
    pub(crate) async fn succeed(&self, event: &Value) -> Value {
        self.answer(event, 200).await
    }

    /// The body of what it answers to `event`, with `status`.
    pub(crate) async fn answer(&self, event: &Value, status: u16) -> Value {
        let answer = self.invoke(event).await;
        assert_eq!(answer["statusCode"], status, "{}: {answer}", self.function);
        let body = answer["body"].as_str().expect("a body");
        serde_json::from_str(body).expect("a body in JSON")
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it has used since it was started, once it rests.
    pub(crate) async fn usage(&self) -> Usage {
        Usage::of(self.process.id()).await
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.api.abort();
    }
}

async fn next(State(api): State<Arc<Api>>) -> Response<String> {
    let mut response = Response::new(String::new());
    let Some(Invocation { event, answer }) = api.events.lock().await.recv().await else {
        *response.status_mut() = StatusCode::GONE;
        return response;
    };
    *api.under_way.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    *response.body_mut() = event;
    for (name, value) in [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", "bench"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-3:0:function:bench"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn response(State(api): State<Arc<Api>>, body: String) -> StatusCode {
    api.settle(Ok(body))
}

async fn error(State(api): State<Arc<Api>>, body: String) -> StatusCode {
    api.settle(Err(body))
}

impl Api {
    fn settle(&self, outcome: Outcome) -> StatusCode {
        let answer = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = answer {
            let _ = answer.send(outcome);
        }
        StatusCode::ACCEPTED
    }
}
