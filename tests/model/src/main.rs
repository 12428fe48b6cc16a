//! Explores the model: `make model`.
//!
//! Arguments: `bounded` or `large`; the longest exploration of a scenario, in minutes; the names of
//! scenarios, by default all.

#![expect(clippy::print_stdout, reason = "it reports")]

use std::time::Duration;

use model::explore;
use model::scenarios::{Extent, all};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let extent = match arguments.next().as_deref() {
        Some("bounded") => Extent::Bounded,
        _ => Extent::Large,
    };
    let minutes = arguments.next().and_then(|minutes| minutes.parse().ok()).unwrap_or(60);
    let wanted: Vec<String> = arguments.collect();
    let mut holds = true;
    for scenario in all(extent) {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == scenario.name) {
            continue;
        }
        let report = explore(scenario, 2, Duration::from_mins(minutes));
        holds &= report.broken.is_empty();
        println!("{report}");
    }
    if !holds {
        std::process::exit(1);
    }
}
