//! Explores every scenario, as far as a test has time.

use std::time::Duration;

use model::explore;
use model::scenarios::{Extent, all};

#[test]
fn every_statement_holds_in_every_order_of_the_steps() {
    let most = Duration::from_mins(2);
    let reports = all(Extent::Bounded).into_iter().map(|scenario| explore(scenario, 2, most));
    let reports: Vec<_> = reports.collect();

    for report in reports {
        assert!(report.broken.is_empty() && report.unmet.is_empty() && report.whole, "{report}");
    }
}
