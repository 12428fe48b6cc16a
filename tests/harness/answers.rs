//! Records which journey got which answer of which operation. `tests/shown.rs` compares that with
//! the documented answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::document::Shown;

/// The journeys that got each answer of each operation.
pub type Answers = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The answers of this run so far, and whether some are not written yet.
static SHOWN: Mutex<(Answers, bool)> = Mutex::new((Answers::new(), false));

/// Records an answer that the journey of this thread got.
pub(crate) fn keep((operation, answer): Shown) {
    keep_one(operation, answer);
}

/// Records that the journey of this thread invoked `operation`, which is not called over HTTP.
pub(crate) fn keep_event(operation: &str) {
    keep_one(operation, "200".to_owned());
}

fn keep_one(operation: &str, answer: String) {
    let current = thread::current();
    let Some(journey) = current.name().filter(|name| name.contains("::")) else { return };
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let answers = shown.0.entry(operation.to_owned()).or_default();
    shown.1 |= answers.entry(answer).or_default().insert(journey.to_owned());
}

#[cfg(not(feature = "deployed"))]
pub use written::answers_of;
#[cfg(not(feature = "deployed"))]
pub(crate) use written::write;

#[cfg(not(feature = "deployed"))]
mod written {
    use super::{Answers, PoisonError, SHOWN};
    use crate::kept;

    /// The name of these records.
    const ANSWERS: &str = "answers";

    /// Writes the answers of this run so far.
    pub(crate) fn write() {
        let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut shown.1) {
            kept::keep(ANSWERS, &serde_json::to_value(&shown.0).expect("answers, as JSON"));
        }
    }

    /// The recorded answers of the test binary `name`.
    pub fn answers_of(name: &str) -> Answers {
        let mut all = Answers::new();
        for run in kept::kept(ANSWERS, name) {
            let run: Answers = serde_json::from_value(run).expect("a record");
            for (operation, answers) in run {
                let known = all.entry(operation).or_default();
                for (answer, journeys) in answers {
                    known.entry(answer).or_default().extend(journeys);
                }
            }
        }
        all
    }
}
