//! Least privilege, both ways: what the template allows is what the journeys make use of, nothing
//! more and nothing less. It comes after the journeys, whose uses it reads.


use std::collections::BTreeSet;
use std::fmt::Display;

use local::{Options, Privilege};
use tests::uses_of;

/// What gives this test something to compare.
const FIRST: &str = "cargo test --locked --package tests --test journeys --test privileges";

/// What the template allows.
fn allowed() -> BTreeSet<Privilege> {
    local::privileges(&Options::default().template).unwrap()
}

/// What the journeys have made use of.
fn used() -> BTreeSet<Privilege> {
    let used = uses_of("journeys");
    assert!(!used.is_empty(), "no journey of this build has been run: {FIRST}");
    used
}

fn lines<T: Display>(things: impl IntoIterator<Item = T>) -> String {
    things.into_iter().map(|thing| format!("\n  {thing}")).collect()
}

#[test]
fn whatever_the_template_allows_a_journey_makes_use_of() {
    let used = used();

    let unused = allowed();
    let unused = unused.iter().filter(|allowed| !used.iter().any(|used| allowed.covers(used)));

    let unused = lines(unused);
    assert!(unused.is_empty(), "allowed and never used (all journeys were run?):{unused}");
}

#[test]
fn whatever_a_journey_makes_use_of_the_template_allows() {
    let allowed = allowed();

    let used = used();
    let refused = used.iter().filter(|used| !allowed.iter().any(|allowed| allowed.covers(used)));

    let refused = lines(refused);
    assert!(refused.is_empty(), "used and not allowed:{refused}");
}
