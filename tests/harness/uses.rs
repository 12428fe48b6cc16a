//! What the functions made use of, of what the template allows them: `tests/privileges.rs` holds the
//! two against each other.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use local::Privilege;

use crate::kept::{keep, kept};
use crate::stack::Stack;

/// The kind of what is kept.
const USES: &str = "uses";

/// What this run has made use of so far.
static USED: Mutex<BTreeSet<Privilege>> = Mutex::new(BTreeSet::new());

/// Notes what the functions of `stack` made use of.
pub(crate) fn note(stack: &Stack) {
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = used.len();
    used.extend(stack.uses());
    if used.len() > known {
        keep(USES, &serde_json::to_value(&*used).expect("what was used, as JSON"));
    }
}

/// What runs of the test binary `name` made use of.
pub fn uses_of(name: &str) -> BTreeSet<Privilege> {
    let runs = kept(USES, name).into_iter();
    let uses =
        runs.map(|run| serde_json::from_value::<BTreeSet<Privilege>>(run).expect("a record"));
    uses.flatten().collect()
}
