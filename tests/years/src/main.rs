//! Simulates years: `make years SEED=… HOUSEHOLDS=…`.
//!
//! Arguments: the seed, the number of households, the number of days, and how many of a million
//! calls fail.

#![expect(clippy::print_stdout, reason = "it reports")]

use years::{Run, live};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |usual: usize| {
        let given = arguments.next().filter(|given| !given.is_empty());
        given.map_or(Some(usual), |given| given.parse().ok())
    };
    let (Some(seed), Some(households), Some(days), Some(faults)) =
        (number(1), number(1_000), number(1_096), number(2_000))
    else {
        println!("years [seed] [households] [days] [faults in a million calls]: numbers");
        std::process::exit(2);
    };
    let seed = u64::try_from(seed).unwrap_or_default();
    let began = tokio::time::Instant::now();
    let report = live(&Run { seed, households, days, faults });
    println!("seed {seed}, {households} households, in {} s: {report}", began.elapsed().as_secs());
    if !report.broken.is_empty() {
        std::process::exit(1);
    }
}
