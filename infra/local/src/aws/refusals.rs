//! What functions were refused: every kind of it, once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::refusal::Refusal;

/// What was refused since the stack started.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<BTreeSet<Refusal>>);

impl Refusals {
    /// Notes a refusal.
    pub(crate) fn note(&self, refusal: Refusal) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(refusal);
    }

    /// What was noted.
    pub(crate) fn all(&self) -> BTreeSet<Refusal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
