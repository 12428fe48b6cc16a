//! A thousand mails that come together go out at SES's rate, never above it, and none waits longer than
//! the rate explains.
//!
//! `deliver-mail` runs as it is deployed: woken by each shard of the stream and by a sweep every minute,
//! with the template's parameters for the rate (`infra/README.md`, "How fast mails leave"). Time is
//! simulated, so that 80 seconds take none. SES refuses what is above its rate in any second.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may"
)]

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use model::events::{agency, browser};
use model::operation::{Operation, run_alone};
use model::variables::variables;
use model::wire::{Wire, response};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use shared::aws::{Request, Response, Transport, TransportError};
use shared::clock::Clock;
use shared::config::Variables;
use shared::environment::Environment;
use shared::http::Invocable;
use shared::store::replay::{Call, Key, Rows, Script};
use tokio::time::{Instant, sleep};

const MAILS: usize = 1_000;
const BEGIN: &str = "2031-03-03T09:00:00Z";
/// The shards of the stream of a new table.
const SHARDS: usize = 4;
/// The share of SES's rate that is used, in percent: `functions/deliver-mail/src/context.rs`.
const USED: usize = 90;
/// How many mails may go before one that came before them: a shard may have more mails than another,
/// and each has its own order.
const UNEQUAL: usize = MAILS / 8;
/// The time of one mail, from the stream to SES.
const ONE: Duration = Duration::from_secs(2);
/// How long DynamoDB takes for a call and for a transaction.
const CALL: Duration = Duration::from_millis(8);
const TRANSACTION: Duration = Duration::from_millis(25);
/// The time between two looks at what functions ask of the tables.
const TICK: Duration = Duration::from_millis(4);

/// The template's parameters for a rate of SES.
struct Parameters {
    /// What SES takes in a second.
    rate: usize,
    per_second: usize,
    stream_concurrency: usize,
    at_once: usize,
}

#[test]
fn a_thousand_mails_go_at_fourteen_a_second() {
    expect_the_rate(&Parameters { rate: 14, per_second: 14, stream_concurrency: 1, at_once: 4 });
}

#[test]
fn a_thousand_mails_go_at_two_hundred_a_second() {
    expect_the_rate(&Parameters { rate: 200, per_second: 200, stream_concurrency: 4, at_once: 25 });
}

#[test]
fn without_turns_ses_refuses_mails() {
    let parameters = Parameters { rate: 14, per_second: 0, stream_concurrency: 1, at_once: 4 };

    let ses = deliver(&parameters, &registered(100), Duration::from_secs(5));

    assert!(ses.refused > 50, "{}", ses.refused);
}

fn expect_the_rate(parameters: &Parameters) {
    let registered = registered(MAILS);
    let explained = |before: usize| {
        ONE + Duration::from_secs(1) * u32::try_from(before * 100).expect("a number")
            / u32::try_from(parameters.rate * USED).expect("a number")
    };

    let ses = deliver(parameters, &registered, explained(MAILS));

    let rows: HashSet<&str> = ses.taken.iter().map(|(row, _)| row.as_str()).collect();
    let last = ses.taken.last().map(|(_, after)| *after).unwrap_or_default();
    let after: HashMap<&str, Duration> =
        ses.taken.iter().map(|(row, after)| (row.as_str(), *after)).collect();
    let late = registered.pks.iter().enumerate().filter(|(number, pk)| {
        after.get(pk.as_str()).is_none_or(|after| *after > explained(number + UNEQUAL))
    });
    println!("{} mails at {} a second in {last:?}", ses.taken.len(), parameters.rate);
    assert_eq!((ses.taken.len(), rows.len(), ses.refused), (MAILS, MAILS, 0), "{last:?}");
    assert_eq!(late.count(), 0);
}

/// Registrations whose mails are not sent yet, in the order in which they came.
struct Registered {
    rows: Rows,
    pks: Vec<String>,
}

fn registered(count: usize) -> Registered {
    let now: Timestamp = BEGIN.parse().expect("a time");
    let mut rows = Rows::new();
    let mut seed = 0;
    let mut does = |function, event, rows: &mut Rows| {
        seed += 1;
        let answer = run_alone(&Operation { function, event, seed }, now, rows);
        let status = answer["statusCode"].as_u64().unwrap_or_default();
        assert!((200..300).contains(&status), "{function}: {answer}");
    };
    let mut file = "lease,last_name,first_name,agency_name,agency_email,ends_on\n".to_owned();
    for number in 0..count {
        let _ = writeln!(file, "{},Martin,Camille,Lilas,lilas@bailleur.example,", lease(number));
    }
    does("import-leases", agency().csv(&file), &mut rows);
    let mut pks = Vec::new();
    for number in 0..count {
        let body = json!({
            "lease": lease(number),
            "last_name": "Martin",
            "email": format!("foyer-{number}@exemple.example"),
            "password": "quatre chevaux bleus 4",
            "terms": "1",
        });
        let mut event = browser().call("POST /api/registrations", &body);
        event["requestContext"]["http"]["sourceIp"] = json!(format!("2001:db8:0:{number:x}::1"));
        // The rows of the others need not be looked through.
        let pk = format!("lease#{}", lease(number));
        let of_one = rows.iter().filter(|(key, _)| key.pk() == pk);
        let mut of_one: Rows = of_one.map(|(key, row)| (key.clone(), row.clone())).collect();
        does("register", event, &mut of_one);
        let is_new = |key: &&Key| key.pk().starts_with("registration#");
        pks.push(of_one.keys().find(is_new).expect("a registration").pk().to_owned());
        rows.append(&mut of_one);
    }
    Registered { rows, pks }
}

fn lease(number: usize) -> String {
    format!("{:08}", 70_000_000 + number)
}

/// What SES took and refused.
#[derive(Default)]
struct Taken {
    /// The rows of the mails, each with the time that has passed since the first came.
    taken: Vec<(String, Duration)>,
    refused: usize,
}

/// Has the mails delivered that are `registered` at one moment, for `most` at most.
fn deliver(parameters: &Parameters, registered: &Registered, most: Duration) -> Taken {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let taken = Arc::<Mutex<Taken>>::default();
        let ses = Ses { rate: parameters.rate, began: Instant::now(), taken: Arc::clone(&taken) };
        let world = Arc::new(World::new(parameters, registered, &ses).await);
        tokio::spawn(Arc::clone(&world).answer());
        for lane in World::lanes(parameters, &registered.pks) {
            tokio::spawn(Arc::clone(&world).stream(lane, parameters.at_once));
        }
        tokio::spawn(Arc::clone(&world).sweep());
        while lock(&taken).taken.len() < registered.pks.len() && ses.began.elapsed() < most {
            sleep(Duration::from_millis(100)).await;
        }
        std::mem::take(&mut *lock(&taken))
    })
}

/// The tables, and the function with its invocations.
struct World {
    rows: Mutex<Rows>,
    clock: Clock,
    function: Invocable,
    began: Instant,
    running: Mutex<Vec<Running>>,
}

/// An invocation: the calls that wait for the tables, and when each is answered.
struct Running {
    script: Script,
    due: HashMap<usize, Instant>,
}

impl World {
    async fn new(parameters: &Parameters, registered: &Registered, ses: &Ses) -> Self {
        let mut variables = variables();
        variables.extend([
            ("MAILS_PER_SECOND".to_owned(), parameters.per_second.to_string()),
            ("MAILS_AT_ONCE".to_owned(), parameters.at_once.to_string()),
        ]);
        let environment = Environment {
            variables: variables.into_iter().collect::<Variables>(),
            clock: Clock::standing(),
            transport: Arc::new(ses.clone()),
        };
        let all = local::functions::all();
        let (_, code) = all.into_iter().find(|(name, _)| *name == "deliver-mail").expect("it");
        let world = Self {
            rows: Mutex::new(registered.rows.clone()),
            clock: environment.clock.clone(),
            function: code.open(&environment).await.expect("it opens"),
            began: ses.began,
            running: Mutex::default(),
        };
        world.set_clock();
        world
    }

    fn set_clock(&self) {
        let begin: Timestamp = BEGIN.parse().expect("a time");
        let passed = SignedDuration::try_from(self.began.elapsed()).expect("a duration");
        let now = begin.saturating_add(passed).expect("a time");
        self.clock.run_ahead(SignedDuration::from_millis(now.as_millisecond()));
    }

    /// Answers what functions ask of the tables, each call after its latency.
    async fn answer(self: Arc<Self>) {
        loop {
            sleep(TICK).await;
            self.set_clock();
            let now = Instant::now();
            let mut rows = lock(&self.rows);
            for Running { script, due } in lock(&self.running).iter_mut() {
                for (number, call) in script.waiting() {
                    let at = *due.entry(number).or_insert_with(|| now + latency(&call));
                    if at <= now {
                        let answer = call.answer(&mut rows).expect("a valid call");
                        script.answer(number, answer);
                    }
                }
            }
        }
    }

    /// The mails of each invocation of the stream that may be under way at once.
    fn lanes(parameters: &Parameters, pks: &[String]) -> Vec<Vec<String>> {
        let mut lanes = vec![Vec::new(); SHARDS * parameters.stream_concurrency];
        let count = lanes.len();
        for pk in pks {
            lanes[usize::try_from(hash(pk) % 1_024).expect("small") % count].push(pk.clone());
        }
        lanes
    }

    /// Brings the mails of a lane, batch after batch.
    async fn stream(self: Arc<Self>, lane: Vec<String>, at_once: usize) {
        for batch in lane.chunks(at_once) {
            let records = batch.iter().enumerate().map(|(number, pk)| {
                json!({
                    "eventName": "INSERT",
                    "dynamodb":
                        { "Keys": { "pk": { "S": pk } }, "SequenceNumber": number.to_string() },
                })
            });
            let event = json!({ "Records": records.collect::<Vec<_>>() });
            let report = self.invoke(&event).await;
            assert_eq!(report["batchItemFailures"], json!([]), "{report}");
        }
    }

    /// Sweeps every minute, whether the sweep before is over or not.
    async fn sweep(self: Arc<Self>) {
        loop {
            sleep(Duration::from_mins(1)).await;
            let world = Arc::clone(&self);
            tokio::spawn(async move { world.invoke(&json!({})).await });
        }
    }

    async fn invoke(&self, event: &Value) -> Value {
        let script = Script::default();
        lock(&self.running).push(Running { script: script.clone(), due: HashMap::new() });
        let event = to_raw_value(event).expect("an event");
        let work = (self.function)(LambdaEvent::new(event, Context::default()));
        let answer = script.run(work).await.expect("an answer");
        serde_json::from_str(answer.get()).expect("JSON")
    }
}

fn latency(call: &Call) -> Duration {
    if call.action() == "TransactWriteItems" { TRANSACTION } else { CALL }
}

/// SES, which takes so many mails in any second. Clones are the same.
#[derive(Clone)]
struct Ses {
    rate: usize,
    began: Instant,
    taken: Arc<Mutex<Taken>>,
}

impl std::fmt::Debug for Ses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ses").field("rate", &self.rate).finish_non_exhaustive()
    }
}

impl Ses {
    /// Takes the mail of `row`, or refuses it.
    fn take(&self, row: String) -> bool {
        let now = self.began.elapsed();
        let mut all = lock(&self.taken);
        let is_recent =
            |(_, after): &&(String, Duration)| now.saturating_sub(*after) < Duration::from_secs(1);
        let takes = all.taken.iter().rev().take_while(is_recent).count() < self.rate;
        if takes {
            all.taken.push((row, now));
        } else {
            all.refused += 1;
        }
        takes
    }
}

/// What the function sends to SES takes up to 100 ms to get there, and 50 ms back.
impl Transport for Ses {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        if !request.uri().path().contains("outbound-emails") {
            return Wire.send(request);
        }
        let mail: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let row = mail["EmailTags"][0]["Value"].as_str().unwrap_or_default().replacen('_', "#", 1);
        let ses = self.clone();
        Box::pin(async move {
            sleep(Duration::from_millis(5 + hash(&row) % 96)).await;
            let takes = ses.take(row);
            sleep(Duration::from_millis(50)).await;
            Ok(if takes {
                response(200, r#"{"MessageId":"1"}"#)
            } else {
                response(429, r#"{"__type":"TooManyRequestsException"}"#)
            })
        })
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
