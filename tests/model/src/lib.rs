//! A model of the whole system: every interleaving of the operations, with lost answers and the clock.
//!
//! The operations are the deployed functions. The conditions and changes of their writes are those that
//! the store sends: `shared::store::replay` applies them without a table, and a test of `shared`
//! compares the result with an engine. No part of the store or of an operation is written twice.
//!
//! | module | content |
//! |---|---|
//! | [`operation`] | running a function step by step |
//! | [`wire`], [`variables`] | Secrets Manager and SES; the environment |
//! | [`tables`], [`facts`] | the rows, and their meanings |
//! | [`state`], [`model`] | states and steps |
//! | [`statements`] | the statements that always hold |
//! | [`events`], [`household`], [`scenarios`] | the scenarios that are explored |

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    reason = "it is a test"
)]

pub mod events;
pub mod facts;
pub mod household;
pub mod model;
pub mod operation;
pub mod scenarios;
pub mod state;
pub mod statements;
pub mod tables;
pub mod variables;
pub mod wire;

use std::fmt::{self, Write as _};
use std::time::Duration;

use stateright::{Checker, HasDiscoveries, Model};

use crate::model::Whole;
use crate::state::Scenario;

/// The result of exploring a scenario.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name of the scenario.
    pub name: &'static str,
    /// The number of states that were reached, counting each way to a state.
    pub states: usize,
    /// The number of different states.
    pub distinct: usize,
    /// The number of steps of the longest way.
    pub depth: usize,
    /// The duration of the exploration.
    pub took: Duration,
    /// The numbers of different runs, answers and rows.
    pub met: (usize, usize, usize),
    /// Whether every state was reached.
    pub whole: bool,
    /// The statements that do not hold, each with the steps that break it.
    pub broken: Vec<String>,
    /// The journeys that never succeed.
    pub unmet: Vec<&'static str>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (runs, answers, rows) = self.met;
        write!(
            f,
            "{}: {} states, {} distinct, depth {}, {:.1} s{}; {runs} runs, {answers} answers, {rows} rows",
            self.name,
            self.states,
            self.distinct,
            self.depth,
            self.took.as_secs_f64(),
            if self.whole { "" } else { ", cut short" },
        )?;
        for journey in &self.unmet {
            write!(f, "\n  never succeeds: {journey}")?;
        }
        for broken in &self.broken {
            write!(f, "\n  {broken}")?;
        }
        Ok(())
    }
}

/// Explores `scenario` with this many `threads`, for `most` at most.
///
/// The rules of the store that `WITHOUT_RULE` names, separated by commas, test nothing.
#[expect(clippy::disallowed_methods, reason = "whoever runs it says which rules")]
pub fn explore(scenario: Scenario, threads: usize, most: Duration) -> Report {
    #[cfg(debug_assertions)]
    if let Ok(rules) = std::env::var("WITHOUT_RULE") {
        shared::store::remove_rules(&rules);
    }
    let name = scenario.name;
    let model = Whole::of(scenario);
    let checker = model
        .checker()
        .threads(threads)
        .finish_when(HasDiscoveries::AnyFailures)
        .timeout(most)
        .spawn_dfs();
    let started = tokio::time::Instant::now();
    let checker = checker.join();
    let took = started.elapsed();
    let model = checker.model();
    let discoveries = checker.discoveries();
    let mut broken = Vec::new();
    let mut unmet = Vec::new();
    for property in model.properties() {
        let found = discoveries.get(property.name);
        if property.expectation.discovery_is_failure() {
            if let Some(path) = found {
                let mut told = property.name.to_owned();
                for (state, step) in path.clone().into_vec() {
                    if let Some(step) = step {
                        let _ = write!(told, "\n    {}", model.tell(&state, step));
                    }
                }
                broken.push(told);
            }
        } else if found.is_none() {
            unmet.push(property.name);
        }
    }
    Report {
        name,
        states: checker.state_count(),
        distinct: checker.unique_state_count(),
        depth: checker.max_depth(),
        took,
        met: model.met(),
        whole: took < most,
        broken,
        unmet,
    }
}
