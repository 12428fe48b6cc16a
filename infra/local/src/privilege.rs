//! A privilege: one action on one resource that a function may do or has done. Policies and their
//! use are compared by privileges.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::pattern::is_like;

/// An action on a resource, for one prefix of keys.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Privilege {
    /// The function, by its kebab-case name.
    pub function: String,
    /// The action, as in `dynamodb:PutItem`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The prefix of the partition key: `lease#*` if allowed, `lease#` if used; absent if keys do
    /// not matter.
    pub key: Option<String>,
}

impl Privilege {
    /// Whether this privilege allows `used`.
    #[must_use]
    pub fn covers(&self, used: &Self) -> bool {
        let like = |pattern: &str, text: &str| is_like(pattern.as_bytes(), text.as_bytes());
        self.function == used.function
            && like(&self.action, &used.action)
            && like(&self.resource, &used.resource)
            && match (&self.key, &used.key) {
                // Of what was used, only the kind of the key is known.
                (Some(pattern), Some(key)) => like(pattern, key) || key_prefix(pattern) == *key,
                _ => true,
            }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} on {}", self.function, self.action, self.resource)?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, " under {key}"))
    }
}

/// The prefix of a partition key, up to its `#`. The rest may be personal data.
pub(crate) fn key_prefix(key: &str) -> String {
    let end = key.find('#').map_or(key.len(), |position| position + 1);
    key.get(..end).unwrap_or(key).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn privilege(action: &str, resource: &str, key: Option<&str>) -> Privilege {
        Privilege {
            function: "login".to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            key: key.map(str::to_owned),
        }
    }

    #[test]
    fn a_privilege_covers_its_own_function_action_resource_and_keys() {
        let allowed = privilege("dynamodb:GetItem", "arn:t", Some("lease#*"));
        let used = privilege("dynamodb:GetItem", "arn:t", Some("lease#"));

        assert!(allowed.covers(&used));
        assert!(privilege("dynamodb:GetItem", "arn:t", Some("lease#99*")).covers(&used));
        for other in [
            Privilege { function: "logout".to_owned(), ..used.clone() },
            privilege("dynamodb:PutItem", "arn:t", Some("lease#")),
            privilege("dynamodb:GetItem", "arn:u", Some("lease#")),
            privilege("dynamodb:GetItem", "arn:t", Some("tenant#")),
        ] {
            assert!(!allowed.covers(&other), "{other}");
        }
    }

    #[test]
    fn only_the_prefix_of_a_key_is_kept() {
        assert_eq!(key_prefix("throttle#login#abc"), "throttle#");
        assert_eq!(key_prefix("none"), "none");
    }
}
