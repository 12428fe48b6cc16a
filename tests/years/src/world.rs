//! The tables, the invocations that are under way, and the queue of events.
//!
//! Everything happens in one thread. Only the queue moves the clock. An invocation is the deployed
//! function. It waits at each of its calls until the queue comes to it, and other invocations may
//! act in between.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::hash::{DefaultHasher, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use local::{Change, Event, Record};
use model::wire::{Post, Ses, Wire};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use shared::clock::Clock;
use shared::environment::Environment;
use shared::http::Invocable;
use shared::random;
use shared::store::replay::{Answer, Call, Key, Rows, Script};

use crate::chance::Chance;

/// How long an invocation may work without an answer before we look at its calls, in real time.
const MOMENT: Duration = Duration::from_millis(1);

/// The attributes that are the hash key of an index, and their table.
const HASHES: [(&str, &str); 3] =
    [("tenants", "lifecycle"), ("tokens", "outbox"), ("tokens", "tenant")];

type Running = Pin<Box<dyn Future<Output = Result<Box<RawValue>, lambda_runtime::Error>>>>;

/// A simulated world: `E` is an event of its inhabitants, `T` the use of an answer.
pub struct World<E, T> {
    now: Timestamp,
    chance: Chance,
    seed: u64,
    clock: Clock,
    environment: Environment,
    functions: HashMap<&'static str, Invocable>,
    rows: Rows,
    indexes: BTreeMap<(&'static str, String), BTreeSet<Key>>,
    queue: BTreeMap<(Timestamp, u64), Happening<E>>,
    queued: u64,
    invocations: BTreeMap<u64, Invocation<T>>,
    invoked: u64,
    /// The end of each service's outage.
    outages: BTreeMap<&'static str, Timestamp>,
    /// How many of a million calls fail.
    rate: usize,
    records: Vec<Arc<Record>>,
    recorded: usize,
    digest: DefaultHasher,
    mails: Vec<Value>,
    inserted: Vec<String>,
    faults: BTreeMap<&'static str, usize>,
}

enum Happening<E> {
    /// An event of the inhabitants.
    Errand(E),
    /// A call of the invocation with this number is answered.
    Step(u64),
    /// A write arrives after its caller has given up waiting.
    Late { call: Box<Call>, function: &'static str, invocation: u64 },
}

struct Invocation<T> {
    function: &'static str,
    running: Running,
    script: Script,
    post: Post,
    then: T,
    struck: bool,
}

/// Something that happened.
pub enum Happened<E, T> {
    /// The time of this event has come.
    Errand(E),
    /// An invocation ended.
    Ended(Ended<T>),
    /// A step inside the world.
    Nothing,
}

/// An invocation that ended.
pub struct Ended<T> {
    /// The function.
    pub function: &'static str,
    /// The use of its answer.
    pub then: T,
    /// Whether any of its calls failed.
    pub struck: bool,
    /// Its answer; `None` if it was killed or failed.
    pub answer: Option<Value>,
}

/// The ways in which a call fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    Throttled,
    Down,
    Slow,
    Conflict,
    Lost,
    Repeated,
    Killed,
}

impl<E, T> World<E, T> {
    /// An empty world at `now`, whose functions have these `variables`.
    pub fn new(
        seed: u64,
        now: Timestamp,
        rate: usize,
        variables: &BTreeMap<String, String>,
    ) -> Self {
        let clock = Clock::standing();
        let environment = Environment {
            variables: variables
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            clock: clock.clone(),
            transport: Arc::new(Wire),
        };
        Self {
            now,
            chance: Chance::of(seed),
            seed,
            clock,
            environment,
            functions: HashMap::new(),
            rows: Rows::new(),
            indexes: BTreeMap::new(),
            queue: BTreeMap::new(),
            queued: 0,
            invocations: BTreeMap::new(),
            invoked: 0,
            outages: BTreeMap::new(),
            rate,
            records: Vec::new(),
            recorded: 0,
            digest: DefaultHasher::new(),
            mails: Vec::new(),
            inserted: Vec::new(),
            faults: BTreeMap::new(),
        }
    }

    /// The time of the clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The random generator of the seed.
    pub fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }

    /// Makes `service` be down until `until`.
    pub fn fail(&mut self, service: &'static str, until: Timestamp) {
        self.outages.insert(service, until);
    }

    /// The number of failed calls, for each kind of fault.
    pub fn faults(&self) -> &BTreeMap<&'static str, usize> {
        &self.faults
    }

    /// The records since the last call.
    pub fn take_records(&mut self) -> Vec<Arc<Record>> {
        std::mem::take(&mut self.records)
    }

    /// The number of records, and the digest of all of them.
    pub fn digest(&self) -> (usize, String) {
        (self.recorded, format!("{:016x}", self.digest.finish()))
    }

    /// The mails that SES took, oldest first.
    pub fn mails(&self) -> &[Value] {
        &self.mails
    }

    /// The keys of new rows with a mail since the last call.
    pub fn take_inserted(&mut self) -> Vec<String> {
        std::mem::take(&mut self.inserted)
    }

    /// Plans `errand` for `after` milliseconds from now.
    pub fn plan(&mut self, after: i64, errand: E) {
        self.queue(after, Happening::Errand(errand));
    }

    fn queue(&mut self, after: i64, happening: Happening<E>) {
        let at = self.now.saturating_add(SignedDuration::from_millis(after)).unwrap_or(self.now);
        self.queued += 1;
        self.queue.insert((at, self.queued), happening);
    }

    /// The time at which the next mail is due, in seconds since 1970.
    pub fn next_mail(&self) -> Option<i64> {
        let all = self.indexes.iter().filter(|((hash, _), _)| *hash == "outbox");
        let rows = all.flat_map(|(_, keys)| keys).filter_map(|key| self.rows.get(key));
        let due = rows.filter_map(|row| row.attributes().get("try_at"));
        due.filter_map(|at| at.as_n().ok()?.parse().ok()).min()
    }

    /// Deletes most of the expired rows, as TTL does.
    pub fn sweep_expired(&mut self) {
        let now = self.now.as_second();
        let expired = |row: &&Key| {
            let row = self.rows.get(*row).and_then(|row| row.attributes().get("expires_at"));
            row.and_then(|at| at.as_n().ok()?.parse::<i64>().ok()).is_some_and(|at| at < now)
        };
        let expired: Vec<Key> = self.rows.keys().filter(expired).cloned().collect();
        for key in expired {
            if !self.chance.one_in(8) {
                self.unindex(&key);
                self.rows.remove(&key);
            }
        }
    }

    fn set_clock(&self) {
        self.clock.run_ahead(SignedDuration::from_millis(self.now.as_millisecond()));
    }

    /// Begins an invocation of `function` with `event`.
    pub async fn begin(&mut self, function: &'static str, event: &Value, then: T) {
        self.set_clock();
        if !self.functions.contains_key(function) {
            let all = local::functions::all();
            let (_, code) =
                all.into_iter().find(|(name, _)| *name == function).expect("a function");
            let opened = code.open(&self.environment).await.expect("it opens");
            self.functions.insert(function, opened);
        }
        self.invoked += 1;
        let id = self.invoked;
        let (script, post) = (Script::default(), Post::default());
        let invocable = self.functions[function].clone();
        let event = to_raw_value(event).expect("an event");
        let work = async move { invocable(LambdaEvent::new(event, Context::default())).await };
        let work = random::repeatable(self.seed ^ (id << 20), local::in_invocation(id, work));
        let (its_script, its_post) = (script.clone(), post.clone());
        let running = Box::pin(async move { its_script.run(its_post.run(work)).await });
        self.invocations
            .insert(id, Invocation { function, running, script, post, then, struck: false });
        self.queue(0, Happening::Step(id));
    }

    /// Handles the next event; `None` if there is none.
    pub async fn next(&mut self) -> Option<Happened<E, T>> {
        let ((at, _), happening) = self.queue.pop_first()?;
        self.now = self.now.max(at);
        self.set_clock();
        Some(match happening {
            Happening::Errand(errand) => Happened::Errand(errand),
            Happening::Late { call, function, invocation } => {
                self.apply(&call, function, invocation, Some("slow"));
                Happened::Nothing
            }
            Happening::Step(id) => match self.step(id).await {
                Some(ended) => Happened::Ended(ended),
                None => Happened::Nothing,
            },
        })
    }

    /// Answers one call of an invocation and lets it go on. Returns the invocation if it has ended.
    async fn step(&mut self, id: u64) -> Option<Ended<T>> {
        let invocation = &self.invocations[&id];
        let (calls, mails) = (invocation.script.waiting(), invocation.post.waiting());
        let function = invocation.function;
        if !calls.is_empty() || !mails.is_empty() {
            let chosen = self.chance.below(calls.len() + mails.len());
            let killed = match calls.get(chosen) {
                Some((number, call)) => self.answer_call(id, function, *number, call),
                None => self.answer_mail(id, &mails[chosen - calls.len()]),
            };
            if killed {
                // Its answer is lost, and the lines that it had not yet logged.
                let Invocation { then, .. } = self.invocations.remove(&id)?;
                return Some(Ended { function, then, struck: true, answer: None });
            }
        }
        if let Some(answer) = self.go_on(id).await {
            let Invocation { then, struck, .. } = self.invocations.remove(&id)?;
            let status = answer.as_ref().and_then(|answer| answer["statusCode"].as_u64());
            self.record(
                function,
                Some(id),
                "",
                None,
                Event::End { status, failed: answer.is_none() },
            );
            return Some(Ended { function, then, struck, answer });
        }
        let after = self.chance.between(1, 20);
        self.queue(after, Happening::Step(id));
        None
    }

    /// Lets an invocation go on until it waits for an answer. Returns its answer if it has ended.
    async fn go_on(&mut self, id: u64) -> Option<Option<Value>> {
        let invocation = self.invocations.get_mut(&id)?;
        loop {
            if let Ok(answer) = tokio::time::timeout(MOMENT, &mut invocation.running).await {
                let answer = answer.ok();
                return Some(answer.and_then(|answer| serde_json::from_str(answer.get()).ok()));
            }
            if !invocation.script.waiting().is_empty() || !invocation.post.waiting().is_empty() {
                return None;
            }
        }
    }

    /// The fault of this call, if it has one.
    fn fault(&mut self, service: &'static str, writes: bool) -> Option<Fault> {
        if self.outages.get(service).is_some_and(|until| *until > self.now) {
            return Some(Fault::Down);
        }
        if self.chance.below(1_000_000) >= self.rate {
            return None;
        }
        let kinds = [
            Fault::Throttled,
            Fault::Down,
            Fault::Killed,
            Fault::Slow,
            Fault::Lost,
            Fault::Repeated,
            Fault::Conflict,
        ];
        let kinds = if writes { &kinds[..] } else { &kinds[..3] };
        Some(kinds[self.chance.below(kinds.len())])
    }

    fn note(&mut self, id: u64, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
        if let Some(invocation) = self.invocations.get_mut(&id) {
            invocation.struck = true;
        }
    }

    /// Answers a call to the tables. Returns whether the invocation was killed instead.
    fn answer_call(&mut self, id: u64, function: &'static str, number: usize, call: &Call) -> bool {
        let fault = self.fault("dynamodb", call.writes());
        let name = fault.map(Fault::name);
        if let Some(name) = name {
            self.note(id, name);
        }
        let answer = match fault {
            None => self.apply(call, function, id, None),
            Some(Fault::Killed) => {
                // Killed either before the call or after it.
                if self.chance.one_in(2) {
                    self.apply(call, function, id, Some("lost-answer"));
                }
                return true;
            }
            Some(Fault::Throttled | Fault::Down) => {
                self.fail_call(call, function, id, name);
                Answer::lost()
            }
            Some(Fault::Slow) => {
                let (call, after) = (Box::new(call.clone()), self.chance.between(50, 5_000));
                self.queue(after, Happening::Late { call, function, invocation: id });
                Answer::lost()
            }
            Some(Fault::Lost) => {
                self.apply(call, function, id, name);
                Answer::lost()
            }
            Some(Fault::Repeated) if call.is_single_write() => {
                // The SDK sends the write again.
                self.apply(call, function, id, name);
                self.apply(call, function, id, None)
            }
            // The SDK repeats it; DynamoDB recognises a transaction by its token.
            Some(Fault::Repeated) => self.apply(call, function, id, name),
            Some(Fault::Conflict) => {
                self.fail_call(call, function, id, name);
                return false;
            }
        };
        if let Some(invocation) = self.invocations.get(&id) {
            invocation.script.answer(number, answer);
        }
        false
    }

    /// Answers a mail. Returns whether the invocation was killed instead.
    fn answer_mail(&mut self, id: u64, (number, row): &(usize, String)) -> bool {
        let mail = self.invocations[&id].post.mail(*number);
        let fault = self.fault("ses", true);
        let tag = row.replacen('#', "_", 1);
        let (answer, taken, name) = match fault {
            Some(Fault::Killed) => (None, self.chance.one_in(2), Some("lost-answer")),
            Some(Fault::Throttled | Fault::Down) => (Some(Ses::Failed), false, Some("down")),
            Some(Fault::Lost | Fault::Slow) => (Some(Ses::Unanswered), true, Some("lost-answer")),
            Some(Fault::Repeated | Fault::Conflict) | None => (Some(Ses::Taken), true, None),
        };
        if let Some(name) = name {
            self.note(id, name);
        }
        if taken {
            self.mails.push(kept(&mail, self.now, self.mails.len()));
        }
        let function = self.invocations[&id].function;
        let event = Event::Send { row: tag, taken };
        self.record(function, Some(id), "SendEmail", name, event);
        match answer {
            Some(answer) => {
                self.invocations[&id].post.answer(*number, answer);
                false
            }
            None => true,
        }
    }

    /// Records a call that did nothing.
    fn fail_call(&mut self, call: &Call, function: &str, id: u64, fault: Option<&'static str>) {
        let event = if call.writes() { Event::Write(Vec::new()) } else { Event::Other };
        self.record(function, Some(id), call.action(), fault, event);
    }

    /// Carries out a call, and records it.
    fn apply(
        &mut self,
        call: &Call,
        function: &str,
        id: u64,
        fault: Option<&'static str>,
    ) -> Answer {
        let since = self.recorded;
        if let Some((index, hash, AttributeValue::S(is))) = call.index() {
            let keys = self.indexes.get(&(hash, is.clone()));
            let rows = keys.into_iter().flatten().filter_map(|key| self.rows.get_key_value(key));
            let mut rows = rows.map(|(key, row)| (key.clone(), row.clone())).collect();
            let answer = call.answer(&mut rows).expect("a valid call");
            let (index, rows) = (Some(index.to_owned()), Vec::new());
            let event = Event::Read { rows, index, consistent: false, since };
            self.record(function, Some(id), call.action(), fault, event);
            return answer;
        }
        let keys = call.keys();
        if !call.writes() {
            let answer = call.answer(&mut self.rows).expect("a valid call");
            let rows = keys.iter().map(|key| (key.table().to_owned(), key.pk().to_owned()));
            let event = Event::Read { rows: rows.collect(), index: None, consistent: true, since };
            self.record(function, Some(id), call.action(), fault, event);
            return answer;
        }
        let kept: Vec<&Key> =
            keys.iter().filter(|key| !key.pk().starts_with("throttle#")).collect();
        let before: Vec<Option<Value>> = kept.iter().map(|key| self.item(key)).collect();
        for key in &keys {
            self.unindex(key);
        }
        let answer = call.answer(&mut self.rows).expect("a valid call");
        for key in &keys {
            self.index(key);
        }
        let mut changes = Vec::new();
        if answer.is_done() {
            for (key, before) in kept.into_iter().zip(before) {
                let after = self.item(key);
                let mail = after.as_ref().is_some_and(|row| row.get("mail").is_some());
                if before.is_none() && mail && key.table() == "tokens" {
                    self.inserted.push(key.pk().to_owned());
                }
                let (table, key) = (key.table().to_owned(), key.pk().to_owned());
                changes.push(Change { table, key, before, after });
            }
        }
        self.record(function, Some(id), call.action(), fault, Event::Write(changes));
        answer
    }

    fn item(&self, key: &Key) -> Option<Value> {
        self.rows.get(key).map(|row| written_all(row.attributes()))
    }

    fn hashes(&self, key: &Key) -> Vec<(&'static str, String)> {
        let Some(row) = self.rows.get(key) else { return Vec::new() };
        let of = HASHES.iter().filter(|(table, _)| *table == key.table());
        of.filter_map(|(_, hash)| Some((*hash, row.attributes().get(*hash)?.as_s().ok()?.clone())))
            .collect()
    }

    fn index(&mut self, key: &Key) {
        for hash in self.hashes(key) {
            self.indexes.entry(hash).or_default().insert(key.clone());
        }
    }

    fn unindex(&mut self, key: &Key) {
        for hash in self.hashes(key) {
            if let Some(keys) = self.indexes.get_mut(&hash) {
                keys.remove(key);
            }
        }
    }

    fn record(
        &mut self,
        function: &str,
        invocation: Option<u64>,
        action: &str,
        fault: Option<&'static str>,
        event: Event,
    ) {
        let (function, action) = (function.to_owned(), action.to_owned());
        let record = Record { at: self.now, function, invocation, action, fault, event };
        self.digest.write(format!("{record:?}").as_bytes());
        self.recorded += 1;
        self.records.push(Arc::new(record));
    }
}

impl Fault {
    /// The fault's name in the journal.
    fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttle",
            Self::Down => "down",
            Self::Slow => "slow",
            Self::Conflict => "conflict",
            Self::Lost | Self::Repeated => "lost-answer",
            Self::Killed => "killed",
        }
    }
}

/// A mail in the form of the local stack's mailbox.
fn kept(mail: &Value, now: Timestamp, number: usize) -> Value {
    let tags = mail["EmailTags"].as_array().into_iter().flatten();
    let tags: Map<String, Value> = tags
        .filter_map(|tag| Some((tag["Name"].as_str()?.to_owned(), tag["Value"].clone())))
        .collect();
    let content = &mail["Content"]["Simple"];
    let text = content["Body"]["Text"]["Data"].as_str().unwrap_or_default();
    let link =
        text.split_whitespace().find(|word| word.starts_with("https://") && word.contains('#'));
    let token = link.and_then(|link| link.split_once('#')).map(|(_, token)| token);
    json!({
        "id": number.to_string(),
        "to": mail["Destination"]["ToAddresses"][0],
        "tags": tags,
        "token": token,
        "sent_at": now.to_string(),
    })
}

fn written_all(item: &HashMap<String, AttributeValue>) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), written(value))).collect())
}

/// A value in the JSON of `DynamoDB`.
fn written(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(is) => json!({"BOOL": is}),
        AttributeValue::M(map) => json!({"M": written_all(map)}),
        AttributeValue::L(items) => json!({"L": items.iter().map(written).collect::<Vec<_>>()}),
        AttributeValue::Null(is) => json!({"NULL": is}),
        other => panic!("no attribute of ours is {other:?}"),
    }
}
