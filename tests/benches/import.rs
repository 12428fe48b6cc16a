//! Imports with DynamoDB's latencies: the largest file within the time that API Gateway waits, and a
//! larger one by the script that sends it in parts.
//!
//! `make bench`, or `cargo bench --package tests --bench import --profile dev`. `LEASES=100000` for
//! another number of leases that the script sends, `ROWS=1000` for a smaller file: a debug build on a
//! machine with other work needs more than 29 s of its own for the largest.

#![expect(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench tells what it found, and stops where it cannot"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tests::{HEADER, Latency, Portal, installed, now_ms};

/// The largest file.
const MANY: usize = 10_000;
/// How many leases the script sends.
const LEASES: usize = 20_000;
/// What DynamoDB takes for a call and for a transaction, in milliseconds. A timer adds up to one.
const CALL_MS: f64 = 7.6;
const TRANSACTION_MS: f64 = 25.0;
/// The function's time, in seconds. API Gateway waits one longer.
const MOST_S: f64 = 29.0;

#[tokio::main]
async fn main() -> ExitCode {
    let portal = Portal::open_for_a_bench().await;
    let latency = Latency { call: of_ms(CALL_MS), transaction: of_ms(TRANSACTION_MS) };
    portal.set_latency("dynamodb", latency);

    let mut over = false;
    for (outcome, ends_on) in [("created", ""), ("unchanged", ""), ("updated", "2031-12-31")] {
        over |= !one_file(&portal, outcome, ends_on).await;
    }
    by_the_script(&portal, chosen("LEASES", LEASES)).await;
    if over { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Imports the largest file; whether it was taken within its time.
async fn one_file(portal: &Portal, outcome: &str, ends_on: &str) -> bool {
    let many = chosen("ROWS", MANY);
    let file = file(0..many, ends_on).into_bytes();
    portal.forget_requests().await;
    let begun = now_ms();
    let answer = portal.agency(Method::POST, "/api/agency/leases", "text/csv", file).await;
    let took = (now_ms() - begun) / 1_000.0;

    let answer = answer.expect_status(200).json;
    assert_eq!(answer[outcome], many, "{answer}");
    let calls = portal.requests_of("import-leases").await;
    let transactions = calls.iter().filter(|call| is_transaction(call)).count();
    let others = calls.len() - transactions;
    let waits = (transactions as f64 * TRANSACTION_MS + others as f64 * CALL_MS) / 1_000.0;
    println!(
        "{many} leases {outcome}: {took:.1} s, of which {waits:.1} s for {others} calls and \
         {transactions} transactions, one after another; {MOST_S} s at most"
    );
    took <= MOST_S && waits * MANY as f64 / many as f64 <= MOST_S
}

/// Sends a file of so many new leases as a landlord's system does each night.
async fn by_the_script(portal: &Portal, leases: usize) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-leases.csv");
    fs::write(&path, file(MANY..MANY + leases, "")).expect("a file");
    let mut command = Command::new(installed("botocore", "python3"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/examples/import_leases.py");
    command
        .arg(script)
        .args([portal.address(), path.to_str().expect("a path"), "--yes"])
        .env("AWS_ACCESS_KEY_ID", "AGENCY")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "*")
        .stdin(Stdio::null());
    portal.forget_requests().await;
    let begun = now_ms();
    let output = tokio::task::spawn_blocking(move || command.output().expect("a run"));
    let output = output.await.expect("a run");
    let took = (now_ms() - begun) / 1_000.0;

    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert_eq!(report["created"], leases, "{}", String::from_utf8_lossy(&output.stderr));
    let minutes = took / leases as f64 * 1e6 / 60.0;
    println!(
        "{leases} leases by the script: {took:.1} s, {:.2} ms a lease; a million at this pace: \
         {minutes:.0} minutes",
        took * 1_000.0 / leases as f64
    );
    fs::remove_file(path).expect("the file goes");
}

fn file(numbers: std::ops::Range<usize>, ends_on: &str) -> String {
    let rows = numbers.map(|number| {
        format!(
            "{:08},Lefèvre-Dubois,Anne-Sophie,Agence de Lyon Part-Dieu,\
             agence.lyon@bailleur.example,{ends_on},,",
            10_000_000 + number
        )
    });
    format!("{HEADER}\n{}\n", rows.collect::<Vec<_>>().join("\n"))
}

fn is_transaction(call: &Value) -> bool {
    call["action"].as_str().is_some_and(|action| action.starts_with("Transact"))
}

fn of_ms(milliseconds: f64) -> Duration {
    Duration::from_secs_f64(milliseconds / 1_000.0)
}

#[expect(clippy::disallowed_methods, reason = "the developer chooses how much of it runs")]
fn chosen(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
}
