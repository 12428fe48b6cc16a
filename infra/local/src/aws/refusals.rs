//! The refused calls of functions, each kind once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::refusal::Refusal;

/// The refusals since the stack started.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<BTreeSet<Refusal>>);

impl Refusals {
    /// Records a refusal.
    pub(crate) fn note(&self, refusal: Refusal) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(refusal);
    }

    /// All recorded refusals.
    pub(crate) fn all(&self) -> BTreeSet<Refusal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
