//! Calls of the functions: by API Gateway, by streams, queues and schedules.
//!
//! An input is `{"function": …, "event": …}`; with `raw`, a text, in place of `event`, the event
//! need not be JSON that a parser would write. `rows`, `answers` and `ses` are what the tables and
//! SES answer.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::http::operation::Guard;

use crate::check::{self, Tables, ensure};
use crate::target::{Shape, Target};
use crate::world::{Outcome, World};

/// HTTP operations, on tables that work.
pub const EVENTS: Target =
    Target { name: "events", corpora: &["events"], shape: Shape::Json, execute: events };
/// Any function, on tables that have and answer anything.
pub const ANSWERS: Target = Target {
    name: "answers",
    corpora: &["answers", "events", "background"],
    shape: Shape::Json,
    execute: answers,
};
/// Functions that are not called over HTTP, on tables that work.
pub const BACKGROUND: Target = Target {
    name: "background",
    corpora: &["background"],
    shape: Shape::Json,
    execute: background,
};

struct Called {
    input: Value,
    function: String,
    payload: String,
    event: Value,
}

impl Called {
    /// The call in `input`; `None` if it is none, or if Lambda could not hand it on.
    fn read(world: &World, input: &[u8]) -> Option<Self> {
        let text = world.filled(std::str::from_utf8(input).ok()?);
        let input: Value = serde_json::from_str(&text).ok()?;
        let function = input["function"].as_str()?.to_owned();
        let payload = match &input["raw"] {
            Value::String(raw) => raw.clone(),
            _ => input["event"].to_string(),
        };
        let event = serde_json::from_str(&payload).ok()?;
        world.functions().contains_key(function.as_str()).then_some(())?;
        Some(Self { input, function, payload, event })
    }

    /// What the services of AWS say of themselves, which may be logged.
    fn own(&self) -> Vec<&Value> {
        let of_event = ["routeKey", "requestContext"].map(|name| &self.event[name]);
        let of_input = ["rows", "answers", "ses"].map(|name| &self.input[name]);
        of_event.into_iter().chain(of_input).collect()
    }
}

fn events(world: &World, input: &[u8]) -> Result<bool, String> {
    let Some(called) = Called::read(world, input) else { return Ok(false) };
    let of = &world.functions()[called.function.as_str()].description;
    if of.guard == Guard::Event || !called.event.is_object() {
        return Ok(false);
    }
    let outcome = world.execute(&called.function, called.payload.clone());
    let status = check::answer(of, &outcome, Tables::Work)?;
    check::log(&outcome, &called.own())?;
    check::guarded(of.guard, status, &called.payload, |name| {
        world.words[&format!("{{{name}}}")].clone()
    })?;
    Ok(true)
}

fn answers(world: &World, input: &[u8]) -> Result<bool, String> {
    let Some(called) = Called::read(world, input) else { return Ok(false) };
    let of = &world.functions()[called.function.as_str()].description;
    let outcome = world.execute_on(&called.function, called.payload.clone(), &called.input);
    if of.guard == Guard::Event {
        of_background(&called, &outcome)?;
    } else if called.event.is_object() {
        check::answer(of, &outcome, Tables::Answer)?;
    }
    outcome.mails.iter().try_for_each(check::mail)?;
    Ok(true)
}

fn background(world: &World, input: &[u8]) -> Result<bool, String> {
    let Some(called) = Called::read(world, input) else { return Ok(false) };
    let of = &world.functions()[called.function.as_str()].description;
    if of.guard != Guard::Event {
        return Ok(false);
    }
    let outcome = world.execute(&called.function, called.payload.clone());
    of_background(&called, &outcome)?;
    outcome.mails.iter().try_for_each(check::mail)?;
    if called.function == "authorize"
        && outcome.answer.as_ref().is_ok_and(|answer| answer["isAuthorized"] == true)
    {
        let shown =
            called.payload.contains("\\u") || called.payload.contains(&world.words["{access}"]);
        ensure(shown, || "a stranger is authorized".to_owned())?;
    }
    Ok(true)
}

/// A function that fails has its event again, and in the end in the queue of those that failed. What
/// it answers names nothing that it was not given.
fn of_background(called: &Called, outcome: &Outcome) -> Result<(), String> {
    check::log(outcome, &called.own())?;
    let Ok(answer) = &outcome.answer else { return Ok(()) };
    let failures = answer["batchItemFailures"].as_array().into_iter().flatten();
    let named: BTreeSet<&str> =
        failures.filter_map(|failure| failure["itemIdentifier"].as_str()).collect();
    let records = called.event["Records"].as_array().into_iter().flatten();
    let given: BTreeSet<&str> =
        records.filter_map(|record| record["dynamodb"]["SequenceNumber"].as_str()).collect();
    // A raw event may have a member twice, of which only the last is seen here.
    let is_raw = called.input["raw"].is_string();
    ensure(is_raw || named.is_subset(&given), || format!("{named:?} are not of the batch"))
}
