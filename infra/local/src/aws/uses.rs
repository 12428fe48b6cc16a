//! The privileges that functions have used, each kind once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::privilege::{Privilege, key_prefix};
use crate::template::Access;

/// The privileges used since the stack started.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<BTreeSet<Privilege>>);

impl Uses {
    /// Records the allowed accesses of a call of `function`.
    pub(crate) fn note(&self, function: &str, wanted: &[Access]) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for Access { action, resource, keys } in wanted {
            let one = |key: Option<String>| Privilege {
                function: function.to_owned(),
                action: action.clone(),
                resource: resource.clone().unwrap_or_else(|| "*".to_owned()),
                key,
            };
            if keys.is_empty() {
                uses.insert(one(None));
            }
            uses.extend(keys.iter().map(|key| one(Some(key_prefix(key)))));
        }
    }

    /// All recorded privileges.
    pub(crate) fn all(&self) -> BTreeSet<Privilege> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
