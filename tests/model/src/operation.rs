//! Runs a deployed function step by step, from its event to its answer.
//!
//! A run is repeated from its start with the same answers, each at the same time, and draws the
//! same random bytes. So its next call depends only on the answers.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use serde_json::value::to_raw_value;
use shared::clock::Clock;
use shared::config::Variables;
use shared::environment::Environment;
use shared::http::Invocable;
use shared::random;
use shared::store::replay::{Answer, Call, Rows, Script};
use tokio::runtime::Runtime;

use crate::variables::variables;
use crate::wire::{Post, Ses, Wire};

/// How long a run may work without an answer before we look at its calls. A function never waits
/// that long by itself.
const MOMENT: Duration = Duration::from_millis(1);

/// An operation with its event.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The name of the function.
    pub function: &'static str,
    /// The event that it is invoked with.
    pub event: Value,
    /// The seed of its random bytes.
    pub seed: u64,
}

/// An answer to one of the calls of a run.
#[derive(Clone, Debug)]
pub enum Given {
    /// An answer of the tables to the call with this number.
    Table(usize, Answer),
    /// An answer of SES to the mail with this number.
    Ses(usize, Ses),
}

/// The state of a run.
#[derive(Clone, Debug)]
pub enum Standing {
    /// The run waits for an answer to any of these calls.
    Waits {
        /// The calls to the tables, by their numbers.
        tables: Vec<(usize, Call)>,
        /// The mails passed to SES, by their numbers, each with the key of its row.
        mails: Vec<(usize, String)>,
    },
    /// The run has ended with this answer.
    Ends(Value),
}

/// The environment in which a thread runs operations.
pub struct Machine {
    runtime: Runtime,
    clock: Clock,
    environment: Environment,
    functions: RefCell<HashMap<&'static str, Invocable>>,
}

thread_local! {
    static MACHINE: Machine = Machine::new();
}

/// Runs `operation` from `start` with the answers `given`, each at its time.
pub fn run(operation: &Operation, start: Timestamp, given: &[(Timestamp, Given)]) -> Standing {
    MACHINE.with(|machine| machine.run(operation, start, given))
}

/// Runs `operation` at `now` until it ends, with no other operation. SES takes every mail.
pub fn run_alone(operation: &Operation, now: Timestamp, rows: &mut Rows) -> Value {
    let mut given = Vec::new();
    loop {
        match run(operation, now, &given) {
            Standing::Ends(answer) => return answer,
            Standing::Waits { tables, mails } => {
                for (number, call) in tables {
                    given.push((
                        now,
                        Given::Table(number, call.answer(rows).expect("a valid call")),
                    ));
                }
                let taken = |(mail, _)| (now, Given::Ses(mail, Ses::Taken));
                given.extend(mails.into_iter().map(taken));
            }
        }
    }
}

/// Runs `work` with the environment of this thread.
pub fn with_environment<T>(work: impl AsyncFnOnce(&Environment) -> T) -> T {
    MACHINE.with(|machine| machine.runtime.block_on(work(&machine.environment)))
}

impl Machine {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let clock = Clock::standing();
        let variables = variables();
        let environment = Environment {
            variables: variables.into_iter().collect::<Variables>(),
            clock: clock.clone(),
            transport: Arc::new(Wire),
        };
        Self { runtime, clock, environment, functions: RefCell::default() }
    }

    fn set_clock(&self, now: Timestamp) {
        self.clock.run_ahead(SignedDuration::from_millis(now.as_millisecond()));
    }

    fn function(&self, name: &'static str) -> Invocable {
        if let Some(function) = self.functions.borrow().get(name) {
            return function.clone();
        }
        let all = local::functions::all();
        let (_, function) = all.into_iter().find(|(known, _)| *known == name).expect("a function");
        let opened = self.runtime.block_on(function.open(&self.environment)).expect("opened");
        self.functions.borrow_mut().insert(name, opened.clone());
        opened
    }

    fn run(
        &self,
        operation: &Operation,
        start: Timestamp,
        given: &[(Timestamp, Given)],
    ) -> Standing {
        self.set_clock(start);
        let function = self.function(operation.function);
        let (script, post) = (Script::default(), Post::default());
        let event = to_raw_value(&operation.event).expect("an event");
        self.runtime.block_on(async {
            let invocation = async { function(LambdaEvent::new(event, Context::default())).await };
            let invocation = random::repeatable(operation.seed, invocation);
            let mut invocation = Box::pin(script.run(post.run(invocation)));
            let mut given = given.iter();
            loop {
                if let Ok(answer) = tokio::time::timeout(MOMENT, &mut invocation).await {
                    let answer = answer.expect("an answer");
                    return Standing::Ends(serde_json::from_str(answer.get()).expect("JSON"));
                }
                let (tables, mails) = (script.waiting(), post.waiting());
                if tables.is_empty() && mails.is_empty() {
                    continue;
                }
                let Some((now, given)) = given.next() else {
                    return Standing::Waits { tables, mails };
                };
                self.set_clock(*now);
                match given {
                    Given::Table(number, answer) => script.answer(*number, answer.clone()),
                    Given::Ses(number, answer) => post.answer(*number, *answer),
                }
            }
        })
    }
}
