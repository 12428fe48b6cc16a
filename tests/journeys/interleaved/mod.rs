//! Every two operations on one household, the first held open before each of its calls while the
//! second runs whole. What comes of it is what comes of one after the other, in either order: answers,
//! rows, sessions that open, passwords that sign in. Of mails, and of the warning of an account's end, as
//! many come as in one of those orders, whether they are sent between the two or after both. What holds
//! always is checked, and each answer is one that its operation documents.
//!
//! The calls are those that the local stack records. A run of the suite takes a part of the pairs, always
//! the same; `RACES=all` takes all, `RACES=login` those that login is the first of,
//! `RACES=login,reset-password` that pair.

mod case;
mod outcome;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::{Value, json};
use tests::{Answer, Portal, documented};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use case::{ACTS, Act, Case, EVENTS};

/// A run of the suite takes one pair in so many.
const ONE_IN: usize = 53;
/// How many pairs are raced at once.
const AT_ONCE: usize = 4;

/// A function calls again after 2 s.
const LONGEST: Duration = Duration::from_millis(1_700);
/// How often a race is tried on a machine that is busy.
const TRIES: usize = 3;

/// Whether this run takes the `n`th pair.
#[expect(clippy::disallowed_methods, reason = "the developer chooses how much of it runs")]
fn is_taken(n: usize, first: Act, second: Act) -> bool {
    let wanted = std::env::var("RACES").unwrap_or_default();
    match wanted.split_once(',') {
        Some((of_first, of_second)) => first.name == of_first && second.name == of_second,
        None if wanted.is_empty() => n.is_multiple_of(ONE_IN),
        None => wanted == "all" || wanted == first.name,
    }
}

/// What an answer says, without what is random in it.
fn said(answer: &Answer) -> Value {
    let fault = &answer.json["errors"][0]["code"];
    let failed = answer.header("x-amz-function-error");
    json!([answer.status.as_u16(), answer.json["code"], fault, failed])
}

/// The result of a race.
enum Raced {
    /// This.
    Done(Value),
    /// Nothing: the first act made fewer calls this time.
    FewerCalls,
    /// Nothing that counts: it was held for so long that it had called again meanwhile.
    TooSlow,
}

/// Two acts, on households of a portal of their own.
struct Pair {
    acts: [Act; 2],
    portal: Portal,
    households: usize,
}

impl Pair {
    async fn of(first: Act, second: Act) -> Self {
        let portal = Portal::open_without_daily_jobs().await;
        Self { acts: [first, second], portal, households: 0 }
    }

    /// The next household. The daily job is of all of a portal: each has one to itself.
    async fn next(&mut self) -> Case<'_> {
        let daily = self.acts.iter().any(|act| act.function == "expire-accounts");
        if daily && self.households > 0 {
            self.portal = Portal::open_without_daily_jobs().await;
        }
        self.households += 1;
        Case::prepare(&self.portal, self.households, self.acts).await
    }

    /// What comes of the two acts, one after the other; how many calls the first one makes. What
    /// they have mailed is sent in between or, where `late`, after both.
    async fn in_order(&mut self, order: [usize; 2], late: bool) -> (Value, usize) {
        let acts = self.acts;
        let case = self.next().await;
        let held = late.then(|| case.portal.hold("deliver-mail", 0));
        case.portal.forget_requests().await;
        let mut answers = [Value::Null, Value::Null];
        let mut calls = 0;
        for which in order {
            answers[which] = said(&case.act(acts[which].name, which).await);
            if which == 0 {
                let all = case.portal.requests_of(acts[0].function).await;
                calls = all.iter().filter(|call| call["service"] != "secretsmanager").count();
            }
            if !late {
                case.portal.settle().await;
            }
        }
        drop(held);
        case.portal.settle().await;
        (outcome(&case, json!(answers)).await, calls)
    }

    /// What comes of it where the first act is held open before the call after `skip` others: nothing
    /// where it makes fewer, or where the machine was too busy each time.
    async fn raced(&mut self, skip: usize) -> Option<Value> {
        for _ in 0..TRIES {
            match self.try_to_race(skip).await {
                Raced::Done(outcome) => return Some(outcome),
                Raced::TooSlow => {}
                Raced::FewerCalls => return None,
            }
        }
        None
    }

    async fn try_to_race(&mut self, skip: usize) -> Raced {
        let [first, second] = self.acts;
        let case = self.next().await;
        let held = case.portal.hold(first.function, skip);
        let acting = Box::pin(case.act(first.name, 0));
        let begun = Box::pin(held.began());
        let (one, other) = match select(acting, begun).await {
            // It made fewer calls this time.
            Either::Left(_) => {
                case.portal.settle().await;
                return Raced::FewerCalls;
            }
            Either::Right(((), acting)) => {
                let since = Instant::now();
                let other = case.act(second.name, 1).await;
                let took = since.elapsed();
                drop(held);
                let one = acting.await;
                if took > LONGEST {
                    case.portal.settle().await;
                    return Raced::TooSlow;
                }
                (one, other)
            }
        };
        case.portal.settle().await;
        Raced::Done(outcome(&case, json!([said(&one), said(&other)])).await)
    }

    /// What comes of the second act alone, where the first is refused.
    async fn second_alone(&mut self, refusal: &Value) -> Value {
        let [_, second] = self.acts;
        let case = self.next().await;
        let answer = said(&case.act(second.name, 1).await);
        case.portal.settle().await;
        outcome(&case, json!([refusal, answer])).await
    }

    /// Every race of the two: how many, and what was wrong.
    async fn race(mut self) -> (usize, Vec<String>) {
        let (one, calls) = self.in_order([0, 1], false).await;
        let (other, _) = self.in_order([1, 0], false).await;
        let (mut count, mut wrong, mut allowed) = (0, Vec::new(), vec![one, other]);
        for skip in 0..calls {
            let Some(outcome) = self.raced(skip).await else { continue };
            count += 1;
            let is_allowed = |allowed: &[Value]| {
                let alike = allowed.iter().any(|serial| is_as(&outcome, serial));
                alike && has_its_mails(&outcome, allowed)
            };
            if !is_allowed(&allowed) && allowed.len() == 2 {
                allowed.push(self.in_order([0, 1], true).await.0);
                allowed.push(self.in_order([1, 0], true).await.0);
            }
            // Its token was that of before: whoever sends it gets another and tries again.
            if !is_allowed(&allowed) && outcome["answers"][0][0] == 401 {
                allowed.push(self.second_alone(&outcome["answers"][0]).await);
            }
            if !is_allowed(&allowed) {
                let [first, second] = self.acts.map(|act| act.name);
                let how = allowed.iter().map(|it| format!("\n  {}", differences(&outcome, it)));
                let how: String = how.collect();
                wrong.push(format!("{first}, {second}, before call {skip}{how}"));
            }
        }
        (count, wrong)
    }
}

/// The result of two acts that were answered so.
async fn outcome(case: &Case<'_>, answers: Value) -> Value {
    let mails = case.mails().await;
    json!({"answers": answers, "left": case.outcome().await, "mails": mails})
}

/// Whether each mail came as often as in one of the orders.
fn has_its_mails(outcome: &Value, allowed: &[Value]) -> bool {
    let of = |outcome: &Value| outcome["mails"].as_object().cloned().unwrap_or_default();
    let mut names: BTreeSet<String> = of(outcome).into_iter().map(|(name, _)| name).collect();
    names.extend(allowed.iter().flat_map(|serial| of(serial).into_iter().map(|(name, _)| name)));
    names.iter().all(|name| {
        let is = &outcome["mails"][name];
        allowed.iter().any(|serial| serial["mails"][name] == *is)
    })
}

/// Whether an outcome is that of an order: of a refusal it does not matter which it is.
fn is_as(outcome: &Value, serial: &Value) -> bool {
    let refuses = |of: &Value| of["answers"][0][0].as_u64().is_some_and(|status| status >= 400);
    let alike =
        outcome["answers"][0] == serial["answers"][0] || refuses(outcome) && refuses(serial);
    alike && outcome["answers"][1] == serial["answers"][1] && outcome["left"] == serial["left"]
}

/// Where two outcomes differ.
fn differences(raced: &Value, serial: &Value) -> String {
    fn walk(path: &str, one: &Value, other: &Value, into: &mut Vec<String>) {
        match (one, other) {
            (Value::Object(a), Value::Object(b)) => {
                for name in a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))) {
                    walk(&format!("{path}.{name}"), &one[name], &other[name], into);
                }
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                for (n, (a, b)) in a.iter().zip(b).enumerate() {
                    walk(&format!("{path}.{n}"), a, b, into);
                }
            }
            _ if one != other => into.push(format!("{path}: {one}, not {other}")),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk("", raced, serial, &mut found);
    found.join("; ")
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "how many they were is of interest")]
async fn an_operation_held_open_while_another_runs_whole_is_as_one_after_the_other() {
    let began = Instant::now();
    let (mut running, mut all) = (JoinSet::new(), Vec::new());
    let (mut pairs, mut raced, mut wrong) = (0, 0, Vec::new());
    all.extend(ACTS);
    all.extend(EVENTS);
    for (row, first) in all.iter().copied().enumerate() {
        for (column, second) in all.iter().copied().enumerate() {
            if !is_taken(row * all.len() + column, first, second) {
                continue;
            }
            pairs += 1;
            running.spawn(async move {
                let race = tokio::spawn(async move { Pair::of(first, second).await.race().await });
                race.await.unwrap_or_else(|panic| {
                    let what = format!("{}, {}: {panic}", first.name, second.name);
                    (0, vec![what])
                })
            });
            // Most of the time is waiting for mails.
            if running.len() == AT_ONCE {
                end(running.join_next().await.unwrap(), &mut raced, &mut wrong);
            }
        }
    }
    while let Some(done) = running.join_next().await {
        end(done, &mut raced, &mut wrong);
    }
    assert!(pairs > 0, "RACES names no act of tests/journeys/interleaved/case.rs");
    println!("{raced} races of {pairs} pairs in {} s", began.elapsed().as_secs());
    assert!(wrong.is_empty(), "{} of {raced} races:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_operation_is_raced() {
    let acts: BTreeSet<&str> = ACTS.iter().map(|act| act.function).collect();
    // What they publish is the same for everybody, and nothing changes it.
    let constant = ["keys", "show-terms"];
    // A session of staff and the list of imports are of no household.
    let of_staff =
        ["staff-sign-in", "staff-callback", "staff-sign-out", "show-staff", "list-imports"];
    // It comes after a preview, which another act outdates: `staff_imports` races it.
    let after_another = ["apply-import"];
    let left = [&constant[..], &of_staff, &after_another].concat();
    let unraced = documented().iter().map(|operation| operation.name);
    let unraced: Vec<&str> =
        unraced.filter(|name| !acts.contains(name) && !left.contains(name)).collect();
    assert!(
        unraced.is_empty(),
        "{unraced:?}: tests/journeys/interleaved/case.rs has no act of them"
    );
}

#[expect(clippy::print_stdout, reason = "all of them take an hour")]
fn end(done: Result<(usize, Vec<String>), JoinError>, raced: &mut usize, wrong: &mut Vec<String>) {
    match done {
        Ok((count, found)) => {
            *raced += count;
            for found in found {
                println!("{found}");
                wrong.push(found);
            }
        }
        Err(panic) => wrong.push(panic.to_string()),
    }
}
