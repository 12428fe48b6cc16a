//! How many serial round trips, write units and read units the most important operations may use,
//! counted on the embedded engine. Units of indexes are counted separately.
//!
//! ```sh
//! cargo test --locked --workspace --test journeys -- budgets --nocapture
//! ```
//!
//! `infra/counts.json` has the counts, for `infra/costs.py`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::{Browser, Household, Portal, token_in};

/// The budget of one successful call of an operation.
struct Budget {
    operation: &'static str,
    /// Whether the browser has signed in before.
    known_browser: bool,
    round_trips: usize,
    write_units: f64,
    read_units: f64,
    /// A read that runs concurrently with the hash, which takes longer. It does not count as a
    /// round trip.
    beside_hash: Option<&'static str>,
}

/// The measured use.
struct Measured {
    round_trips: usize,
    write_units: f64,
    read_units: f64,
    index_write_units: f64,
    index_read_units: f64,
}

const BUDGETS: [Budget; 8] = [
    Budget::of("register", 2, 3.0, 1.0),
    Budget::of("forgot-password", 2, 2.0, 0.0),
    Budget::of("forgot-identifier", 2, 2.0, 0.0),
    Budget::of("activate", 2, 12.0, 1.0),
    Budget::of("login", 2, 3.0, 2.0).beside_hash("tenant#"),
    Budget::of("login", 2, 2.0, 2.0).beside_hash("tenant#").with_known_browser(),
    Budget::of("refresh-session", 2, 1.0, 2.0),
    Budget::of("get-account", 1, 0.0, 2.0),
];

impl Budget {
    const fn of(
        operation: &'static str,
        round_trips: usize,
        write_units: f64,
        read_units: f64,
    ) -> Self {
        let (known_browser, beside_hash) = (false, None);
        Self { operation, known_browser, round_trips, write_units, read_units, beside_hash }
    }

    const fn beside_hash(self, key: &'static str) -> Self {
        Self { beside_hash: Some(key), ..self }
    }

    const fn with_known_browser(self) -> Self {
        Self { known_browser: true, ..self }
    }

    fn name(&self) -> String {
        let from = if self.known_browser { " from a known browser" } else { "" };
        format!("{}{from}", self.operation)
    }

    /// Calls the operation successfully once, on a new portal, and counts.
    async fn measure(&self) -> Measured {
        let portal = Portal::open().await;
        let household = Household::LEFEVRE;
        // Called twice, because the first call also reads the secret.
        let other = prepare(&portal, self, &Household::MARTIN).await;
        run(&other, self.operation, &Household::MARTIN).await;
        let browser = prepare(&portal, self, &household).await;
        portal.settle().await;
        portal.forget_requests().await;
        // With a delay of a second, concurrent calls overlap for sure. A function waits longer than
        // that.
        let slow = json!({
            "service": "dynamodb", "function": self.operation, "fail": "slow", "seconds": 1,
        });
        portal.set_fault(&slow).await;
        run(&browser, self.operation, &household).await;
        let calls = portal.requests_of(self.operation).await;
        assert!(calls.iter().all(|call| call["service"] == "dynamodb"), "{calls:#?}");
        let units = |kind: &str| calls.iter().map(|call| number(&call[kind])).sum();
        let serial = calls
            .iter()
            .filter(|call| self.beside_hash.is_none_or(|key| call["items"][0]["key"] != key));
        Measured {
            round_trips: chain(serial),
            write_units: units("write_units"),
            read_units: units("read_units"),
            index_write_units: units("index_write_units"),
            index_read_units: units("index_read_units"),
        }
    }
}

impl Measured {
    /// What `infra/counts.json` has of it.
    fn counts(&self) -> Value {
        json!({
            "read_units": self.read_units + self.index_read_units,
            "write_units": self.write_units,
            "index_write_units": self.index_write_units,
        })
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// The length of the longest chain of calls, each of which began after the one before had ended.
fn chain<'a>(calls: impl Iterator<Item = &'a Value>) -> usize {
    let mut spans: Vec<_> =
        calls.map(|call| (number(&call["started"]), number(&call["ended"]))).collect();
    spans.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let mut length = 0;
    let mut free_at = f64::NEG_INFINITY;
    for (started, ended) in spans {
        if started >= free_at {
            length += 1;
            free_at = ended;
        }
    }
    length
}

/// A browser that has done everything that `operation` needs.
async fn prepare(portal: &Portal, budget: &Budget, household: &Household) -> Browser {
    let browser = portal.browser();
    match budget.operation {
        "register" | "forgot-password" | "forgot-identifier" => {}
        "activate" => {
            browser.register(household).await.expect_status(202);
            portal.link_mailed_to(household.email).await;
            let token = token_in(&portal.mails_to(household.email).await[0]);
            browser.set_access_token(&token.expect("a token"));
        }
        "login" if !budget.known_browser => {
            portal.tenant(household).await;
        }
        _ => return portal.tenant(household).await,
    }
    browser
}

async fn run(browser: &Browser, operation: &str, household: &Household) {
    let Household { lease, last_name, email, .. } = household;
    let (answer, status) = match operation {
        "register" => (browser.register(household).await, 202),
        "forgot-password" => {
            (browser.post("/api/password-resets", &json!({"email": email})).await, 202)
        }
        "forgot-identifier" => {
            let body = json!({"lease": lease, "last_name": last_name});
            (browser.post("/api/identifier-reminders", &body).await, 202)
        }
        "activate" => {
            let token = browser.access_token().expect("a mailed token");
            (browser.activate(&token).await, 200)
        }
        "login" => (browser.sign_in(household).await, 200),
        "refresh-session" => (browser.refresh().await, 200),
        "get-account" => (browser.account().await, 200),
        other => panic!("{other} has no budget"),
    };
    answer.expect_status(status);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "compares two stacks")]
#[expect(clippy::print_stdout, reason = "the test prints a table")]
async fn every_operation_keeps_within_its_budget() {
    let measured = futures_util::future::join_all(BUDGETS.iter().map(Budget::measure)).await;

    println!("| operation | round trips | write units | read units | of indexes |");
    println!("|---|---|---|---|---|");
    let mut over = Vec::new();
    for (budget, measured) in BUDGETS.iter().zip(&measured) {
        let beside = if budget.beside_hash.is_some() { ", one read beside the hash" } else { "" };
        println!(
            "| {} | {} of {}{beside} | {} of {} | {} of {} | {} written, {} read |",
            budget.name(),
            measured.round_trips,
            budget.round_trips,
            measured.write_units,
            budget.write_units,
            measured.read_units,
            budget.read_units,
            measured.index_write_units,
            measured.index_read_units,
        );
        let within = measured.round_trips <= budget.round_trips
            && measured.write_units <= budget.write_units
            && measured.read_units <= budget.read_units;
        assert!(measured.round_trips > 0, "{} was counted", budget.name());
        if !within {
            over.push(budget.name());
        }
    }
    assert!(over.is_empty(), "over budget: {}", over.join(", "));
    let counts: BTreeMap<String, Value> =
        BUDGETS.iter().zip(&measured).map(|(budget, it)| (budget.name(), it.counts())).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/counts.json");
    let known: BTreeMap<String, BTreeMap<String, f64>> =
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(json!(known), json!(counts), "infra/counts.json, from which costs are computed");
}

#[test]
fn calls_that_overlap_are_one_round_trip() {
    let call = |started: f64, ended: f64| json!({"started": started, "ended": ended});

    for (calls, expected) in [
        (vec![], 0),
        (vec![call(0.0, 5.0), call(1.0, 6.0), call(2.0, 3.0)], 1),
        (vec![call(0.0, 5.0), call(5.0, 6.0), call(5.5, 7.0)], 2),
        (vec![call(4.0, 5.0), call(0.0, 1.0), call(2.0, 3.0)], 3),
    ] {
        assert_eq!(chain(calls.iter()), expected);
    }
}
