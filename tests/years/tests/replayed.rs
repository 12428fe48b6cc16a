//! Short simulations, as far as a test has time.

use years::{Run, live};

#[test]
fn a_seed_replays_a_run_exactly() {
    let run = Run { seed: 7, households: 25, days: 60, faults: 5_000 };

    let (one, other) = (live(&run), live(&run));
    let another = live(&Run { seed: 8, ..run });

    assert_eq!(one.broken, Vec::<String>::new(), "{one}");
    assert!(one.records > 1_000, "{one}");
    assert_eq!(one.digest, other.digest, "{one}\n{other}");
    assert_ne!(one.digest, another.digest);
}

#[test]
#[expect(clippy::print_stdout, reason = "what was simulated is of interest")]
fn every_statement_holds_through_simulated_years() {
    let run = Run { seed: 1, households: 60, days: 1_096, faults: 2_000 };

    let report = live(&run);

    println!("{report}");
    assert_eq!(report.broken, Vec::<String>::new(), "{report}");
    // Every kind of action happened.
    for met in [
        "activate 200",
        "answer-request 200",
        "change-email 202",
        "change-lease 200",
        "change-password 204",
        "confirm-email 200",
        "reset-password 204",
        "revert-email 200",
    ] {
        assert!(report.answers.contains_key(met), "{met}: {report}");
    }
    for kind in ["conflict", "down", "killed", "lost-answer", "slow", "throttle"] {
        assert!(report.faults.contains_key(kind), "{kind}: {report}");
    }
}
