//! What functions have made use of, of what their policies allow: every kind of it, once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::privilege::{Privilege, key_prefix};
use crate::template::Access;

/// What was made use of since the stack started.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<BTreeSet<Privilege>>);

impl Uses {
    /// Notes what a call of `function` needed and was allowed.
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

    /// What was noted.
    pub(crate) fn all(&self) -> BTreeSet<Privilege> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
