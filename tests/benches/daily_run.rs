//! What the daily run asks of the tables does not grow with them: the same 100 accounts are due
//! among 10 000 and among 1 000 000. Ratios of requests and units, in one process.
//!
//! `make bench`, or `cargo bench --package tests --bench daily_run --profile dev`

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench tells what it found, and stops where it cannot"
)]

use serde_json::{Value, json};
use tests::{Household, Portal};

const DUE: usize = 100;
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
/// The day of the run: those due are to be warned, those of the others are not due for years.
const TIME: &str = "2027-10-31T03:00:00Z";

#[tokio::main]
async fn main() {
    let portal = Portal::open_for_a_bench().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    let households: Vec<Household> = (0..DUE).map(household).collect();
    let rows = |ends_on: &str| households.iter().map(|one| one.row(ends_on)).collect::<Vec<_>>();
    portal.import(&rows("")).await.expect_status(200);
    for (number, household) in households.iter().enumerate() {
        let browser = portal.browser().from_source(&format!("2001:db8:0:{number:x}::1"));
        browser.register(household).await.expect_status(202);
        let token = portal.link_mailed_to(household.email).await;
        browser.activate(&token).await.expect_status(200);
    }
    portal.import(&rows("2027-08-31")).await.expect_status(200);

    fill(&portal, DUE, FEW).await;
    let few = dry_run(&portal).await;
    println!("{FEW:>9} accounts, {DUE} due: {few}");
    fill(&portal, FEW, MANY).await;
    let many = dry_run(&portal).await;
    println!("{MANY:>9} accounts, {DUE} due: {many}");
    println!(
        "ratio: requests {:.2}, read units {:.2}",
        many.requests / few.requests,
        many.read_units / few.read_units
    );
    assert!(few.due == DUE && many.due == DUE, "the same are due");

    let report = portal.run_daily_job(TIME).await;
    println!("run for real among {MANY}: {report}");
}

/// What a run asked, and for how many.
struct Asked {
    due: usize,
    requests: f64,
    read_units: f64,
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} requests, {} read units", self.requests, self.read_units)
    }
}

async fn dry_run(portal: &Portal) -> Asked {
    portal.forget_requests().await;
    let event = json!({"time": TIME, "dry_run": true});
    let report = portal.invoke("expire-accounts", &event).await.expect_status(200).json;
    let requests = portal.requests_of("expire-accounts").await;
    let units = |name: &str| requests.iter().filter_map(|one| one[name].as_f64()).sum::<f64>();
    Asked {
        due: usize::try_from(report["warned"].as_u64().unwrap_or_default()).unwrap_or_default(),
        requests: f64::from(u32::try_from(requests.len()).unwrap_or_default()),
        read_units: units("read_units") + units("index_read_units"),
    }
}

/// Puts accounts that are not due, from the one numbered `from` to the one before `to`.
async fn fill(portal: &Portal, from: usize, to: usize) {
    let steps = ["first-warning", "second-warning", "deactivate", "erase"];
    let account = |number: usize| -> Value {
        let step = steps[number % 4];
        json!({
            "pk": {"S": format!("tenant#filler-{number}")},
            "lifecycle": {"S": format!("{step}#{}", number / 4 % 4)},
            "due_on": {"S": format!("2031-{:02}-01", number % 12 + 1)},
        })
    };
    let numbers: Vec<usize> = (from..to).collect();
    let loads = numbers.chunks(numbers.len().div_ceil(4)).map(|numbers| async move {
        for chunk in numbers.chunks(10_000) {
            let items: Vec<Value> = chunk.iter().map(|number| account(*number)).collect();
            portal.put_items("tenants", &items).await;
        }
    });
    futures_util::future::join_all(loads).await;
}

fn household(number: usize) -> Household {
    Household {
        lease: format!("{:08}", 80_000_000 + number).leak(),
        email: format!("foyer-{number}@exemple.example").leak(),
        ..Household::MARTIN
    }
}
