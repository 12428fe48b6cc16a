//! A bounded run of every target: its kept inputs, and a few thousand changed ones. A run of hours
//! is `make fuzz`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "it is a test, and reports")]

use fuzz::run::run;
use fuzz::{household, targets};

/// The seed of the test: every run of it executes the same inputs.
const SEED: u64 = 1;

/// Executes the kept inputs of the target `name`, then `count` changed ones.
#[track_caller]
fn fuzz(name: &str, count: usize) {
    let world = household::world();
    let report = run(&world, targets::find(name).expect("a target"), SEED, count);
    println!("{name}: {} executed, {} of no meaning", report.executed, report.skipped);
    assert!(report.found.is_none(), "{}", report.found.unwrap_or_default());
}

#[test]
fn every_event_of_http_is_answered_as_documented() {
    fuzz("events", 2_000);
}

#[test]
fn whatever_the_tables_answer_is_withstood() {
    fuzz("answers", 2_000);
}

#[test]
fn events_of_streams_queues_and_schedules_are_withstood() {
    fuzz("background", 1_000);
}

#[test]
fn no_secret_is_accepted_but_the_valid_one() {
    fuzz("tokens", 1_500);
}

#[test]
fn every_row_of_a_file_is_accounted_for() {
    fuzz("files", 1_000);
}

#[test]
fn no_payload_becomes_markup_or_a_header_of_a_mail() {
    fuzz("mails", 1_000);
}

#[test]
fn what_is_read_of_a_text_is_read_again_as_the_same() {
    fuzz("texts", 4_000);
}
