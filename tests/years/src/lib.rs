//! Simulated years: households, a landlord, an agency and SES over the deployed functions, in one
//! process and one thread. Clock, order, identifiers, chance and faults follow from a seed, so a seed and
//! a commit replay a run exactly. The statements of docs/INVARIANTS.md are checked after each day.
//!
//! The tables are those of `shared::store::replay`, as in the model: rows in memory, to which the rules
//! and changes of the store are applied. A test of `shared` compares that with an engine.
//!
//! | module | content |
//! |---|---|
//! | [`chance`] | the random generator of the seed |
//! | [`world`] | tables, invocations, faults, and the queue of events |
//! | [`home`] | a household and its calls |
//! | `life` | the actions of everybody, day by day |
//! | [`run`] | the parameters of a simulation, and its report |

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    reason = "it is a test"
)]

pub mod chance;
pub mod home;
mod life;
pub mod run;
pub mod world;

use std::sync::{Mutex, PoisonError};

use model::variables::variables;

pub use run::{Report, Run};

/// Lives the days of `run`, in this thread. One run of a process waits for the other, because the
/// audit trail is that of the process.
pub fn live(run: &Run) -> Report {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(life::live(run, &variables()))
}
