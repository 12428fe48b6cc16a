//! The world of an execution: every function, opened once; two tables with a few households in
//! them; the secrets that those households hold.
//!
//! An execution finds the world as it was made: what it writes is taken back after it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use serde_json::value::RawValue;
use shared::app::App;
use shared::clock::Clock;
use shared::environment::{Context as _, Environment};
use shared::http::Invocable;
use shared::http::operation::Description;
use shared::random;
use shared::store::replay::{Key, Row, Rows, Script};
use tokio::runtime::{Builder, Runtime};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::wire::Wire;

/// The time of every execution, in seconds since 1970: 28 November 2026.
const NOW: i64 = 1_795_852_800;
/// What a proxy in front would send.
pub const PROXY_SECRET: &str = "a-secret-of-the-proxy";

/// A function that was opened.
pub struct Opened {
    /// Its description.
    pub description: Description,
    invocable: Invocable,
}

/// What an execution finds.
pub struct World {
    runtime: Runtime,
    functions: BTreeMap<&'static str, Opened>,
    rows: RefCell<Rows>,
    lived: Cell<u64>,
    wire: Wire,
    logs: Logs,
    _logging: DefaultGuard,
    /// Configuration, clock, store and keys, for what is called without an event.
    pub app: App,
    /// What placeholders stand for, such as `{access}` for an access token.
    pub words: BTreeMap<String, String>,
    /// The placeholders.
    pub placeholders: Vec<String>,
}

/// The end of an execution.
#[derive(Debug)]
pub struct Outcome {
    /// What the function answered, or why it failed.
    pub answer: Result<Value, String>,
    /// The mails that SES was given.
    pub mails: Vec<Value>,
    /// What the function logged.
    pub log: String,
}

impl World {
    /// A world without households.
    pub fn empty() -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        let logs = Logs::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(LevelFilter::INFO)
            .with_writer(logs.clone())
            .finish();
        let logging = tracing::subscriber::set_default(subscriber);
        let (clock, wire) = (Clock::standing(), Wire::default());
        clock.run_ahead(SignedDuration::from_secs(NOW));
        let environment = Environment {
            variables: variables().into_iter().collect(),
            clock,
            transport: Arc::new(wire.clone()),
        };
        let (functions, app) = runtime.block_on(async {
            let mut functions = BTreeMap::new();
            for (name, function) in local::functions::all() {
                let description = function.description();
                let invocable = function.open(&environment).await.expect("it opens");
                functions.insert(name, Opened { description, invocable });
            }
            (functions, App::open(&environment).await.expect("it opens"))
        });
        let (rows, words, placeholders) = (RefCell::default(), BTreeMap::new(), Vec::new());
        Self {
            runtime,
            functions,
            rows,
            lived: Cell::new(0),
            wire,
            logs,
            _logging: logging,
            app,
            words,
            placeholders,
        }
    }

    /// The world as executions find it: with the present rows, and with `words`.
    #[must_use]
    pub fn with(mut self, words: BTreeMap<String, String>) -> Self {
        self.lived.set(0);
        self.placeholders = words.keys().cloned().collect();
        self.words = words;
        self.wire.hold(&self.rows.borrow());
        self
    }

    /// The time of every execution.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// The functions, by their names.
    pub fn functions(&self) -> &BTreeMap<&'static str, Opened> {
        &self.functions
    }

    /// The keys of the rows whose keys begin with `beginning`.
    pub fn keys(&self, beginning: &str) -> Vec<String> {
        let rows = self.rows.borrow();
        let keys = rows.keys().map(|key| key.pk().to_owned());
        keys.filter(|key| key.starts_with(beginning)).collect()
    }

    /// The rows of mails that were not sent yet: the key, and the name of the mail.
    pub fn unsent(&self) -> Vec<(String, String)> {
        let rows = self.rows.borrow();
        let unsent = rows.iter().filter(|(_, row)| row.attributes().contains_key("outbox"));
        let named = unsent.filter_map(|(key, row)| {
            let mail = row.attributes().get("mail")?.as_s().ok()?;
            Some((key.pk().to_owned(), mail.clone()))
        });
        named.collect()
    }

    /// `text`, with what its placeholders stand for.
    pub fn filled(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            let end = from.find('}').map_or(from.len(), |end| end + 1);
            if let Some(word) = self.words.get(&from[..end]) {
                filled.push_str(word);
                rest = &from[end..];
            } else {
                filled.push('{');
                rest = &from[1..];
            }
        }
        filled + rest
    }

    /// Runs `function` with `event`. The tables keep what it writes.
    pub fn live(&self, function: &str, event: &Value) -> Outcome {
        // Each draws other identifiers.
        self.lived.set(self.lived.get() + 1);
        let (outcome, _) = self.with_rows(function, event.to_string());
        outcome
    }

    /// Runs `function` with `payload`, and takes back what it writes.
    pub fn execute(&self, function: &str, payload: String) -> Outcome {
        let (outcome, before) = self.with_rows(function, payload);
        self.take_back(before);
        outcome
    }

    /// Runs `function` with `first`, then with `second`, and takes back what both write.
    pub fn execute_twice(&self, function: &str, first: String, second: String) -> [Outcome; 2] {
        let (one, mut before) = self.with_rows(function, first);
        let (other, after) = self.with_rows(function, second);
        for (key, row) in after {
            before.entry(key).or_insert(row);
        }
        self.take_back(before);
        [one, other]
    }

    /// Runs `function` with `payload` on the rows and answers that `input` brings.
    pub fn execute_on(&self, function: &str, payload: String, input: &Value) -> Outcome {
        self.wire.begin(input);
        self.run(function, payload, None)
    }

    /// The result of `work`, which calls no table.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Puts rows into the tables by `work`.
    pub fn settle<T>(&self, work: impl Future<Output = T>) -> T {
        let script = Script::default();
        let mut before = BTreeMap::new();
        self.runtime.block_on(self.answered(&script, &mut before, script.run(work)))
    }

    fn with_rows(&self, function: &str, payload: String) -> (Outcome, BTreeMap<Key, Option<Row>>) {
        self.wire.begin(&Value::Null);
        let mut before = BTreeMap::new();
        let outcome = self.run(function, payload, Some(&mut before));
        (outcome, before)
    }

    fn take_back(&self, before: BTreeMap<Key, Option<Row>>) {
        let mut rows = self.rows.borrow_mut();
        for (key, row) in before {
            match row {
                Some(row) => rows.insert(key, row),
                None => rows.remove(&key),
            };
        }
    }

    fn run(
        &self,
        function: &str,
        payload: String,
        before: Option<&mut BTreeMap<Key, Option<Row>>>,
    ) -> Outcome {
        let invocable = self.functions[function].invocable.clone();
        // Lambda's runtime hands on no text that is not JSON.
        let event = RawValue::from_string(payload).expect("an event in JSON");
        let work = async move { invocable(LambdaEvent::new(event, Context::default())).await };
        let work = random::repeatable(self.lived.get(), work);
        let answer = self.runtime.block_on(async {
            match before {
                None => work.await,
                Some(before) => {
                    let script = Script::default();
                    self.answered(&script, before, script.run(work)).await
                }
            }
        });
        let answer = answer.map_err(|error| error.to_string()).and_then(|answer| {
            serde_json::from_str(answer.get()).map_err(|error| error.to_string())
        });
        Outcome { answer, mails: self.wire.take_mails(), log: self.logs.take() }
    }

    /// The result of `work` under `script`, whose calls are answered by the rows. Puts what the
    /// rows were before each write into `before`.
    async fn answered<T>(
        &self,
        script: &Script,
        before: &mut BTreeMap<Key, Option<Row>>,
        work: impl Future<Output = T>,
    ) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            loop {
                if let Poll::Ready(result) = work.as_mut().poll(context) {
                    return Poll::Ready(result);
                }
                let calls = script.waiting();
                if calls.is_empty() {
                    return Poll::Pending;
                }
                for (number, call) in calls {
                    let mut rows = self.rows.borrow_mut();
                    if call.writes() {
                        for key in call.keys() {
                            let row = rows.get(&key).cloned();
                            before.entry(key).or_insert(row);
                        }
                    }
                    script.answer(number, call.answer(&mut rows).expect("a valid call"));
                }
            }
        })
        .await
    }
}

/// The environment variables. Hashing costs as little as Argon2 allows, and no address is called.
fn variables() -> BTreeMap<String, String> {
    let variables = [
        ("ARGON2_ITERATIONS", "1"),
        ("ARGON2_MEMORY_KIB", "8"),
        ("AUDIENCE", "extranet"),
        ("AWS_ACCESS_KEY_ID", "fuzzing"),
        ("AWS_ENDPOINT_URL", "http://fuzzing"),
        ("AWS_REGION", "eu-west-3"),
        ("AWS_SECRET_ACCESS_KEY", "fuzzing"),
        ("ENVIRONMENT", "fuzzing"),
        ("ISSUER", "https://locataires.example"),
        ("MAIL_FROM", "ne-pas-repondre@bailleur.example"),
        ("PORTAL_URL", "https://locataires.example"),
        ("SECRET_ID", "secret"),
        ("TENANTS_TABLE", "tenants"),
        ("TERMS_VERSION", "2026-01"),
        ("TOKENS_TABLE", "tokens"),
        ("TRUSTED_PROXY_SECRET", PROXY_SECRET),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// What was logged.
#[derive(Clone, Debug, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    fn take(&self) -> String {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&std::mem::take(&mut *logged)).into_owned()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Logs {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
