//! Records the privileges that the functions used. `tests/privileges.rs` compares them with the
//! template's.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use local::Privilege;

use crate::kept::{keep, kept};
use crate::stack::Stack;

/// The name of these records.
const USES: &str = "uses";

/// The privileges used in this run so far.
static USED: Mutex<BTreeSet<Privilege>> = Mutex::new(BTreeSet::new());

/// Records the privileges that the functions of `stack` used.
pub(crate) fn note(stack: &Stack) {
    let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = used.len();
    used.extend(stack.uses());
    if used.len() > known {
        keep(USES, &serde_json::to_value(&*used).expect("privileges as JSON"));
    }
}

/// The recorded privileges of the test binary `name`.
pub fn uses_of(name: &str) -> BTreeSet<Privilege> {
    let runs = kept(USES, name).into_iter();
    let uses =
        runs.map(|run| serde_json::from_value::<BTreeSet<Privilege>>(run).expect("a record"));
    uses.flatten().collect()
}
