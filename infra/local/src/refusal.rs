//! A refused call of a function, described so that the reader can correct the policy.

use std::collections::BTreeSet;
use std::fmt;

/// A refused call, and the place of the policy that refuses it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Refusal {
    /// The function, by its kebab-case name.
    pub function: String,
    /// The action, as in `dynamodb:PutItem`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The prefixes of the partition keys, such as `lease#`; none if keys do not matter.
    pub keys: BTreeSet<String>,
    /// The keys for which the function may do it, such as `lease#*`.
    pub allowed: BTreeSet<String>,
    /// The place of the policy, such as `template.yaml:310, Policies of RegisterFunction`.
    pub place: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |keys: &BTreeSet<String>| -> String {
            keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        };
        write!(f, "{} may not {} on {}", self.function, self.action, self.resource)?;
        if !self.keys.is_empty() {
            write!(f, " under {}", listed(&self.keys))?;
        }
        write!(f, ": see {}", self.place)?;
        match (self.allowed.is_empty(), self.keys.len()) {
            (true, _) => Ok(()),
            (false, 0 | 1) => write!(f, ", which allows it under {}", listed(&self.allowed)),
            (false, _) => write!(
                f,
                ", which allows it under {}; one statement must allow all the keys of a call",
                listed(&self.allowed)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(keys: &[&str], allowed: &[&str]) -> String {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let refusal = Refusal {
            function: "register".to_owned(),
            action: "dynamodb:PutItem".to_owned(),
            resource: "arn:t".to_owned(),
            keys: owned(keys),
            allowed: owned(allowed),
            place: "template.yaml:310, Policies of RegisterFunction".to_owned(),
        };
        refusal.to_string()
    }

    #[test]
    fn a_refusal_names_the_function_the_action_the_key_and_the_policy() {
        let place = "see template.yaml:310, Policies of RegisterFunction";

        for (keys, allowed, told) in [
            (&["session#"][..], &["lease#*", "link#*"][..], {
                format!(" under session#: {place}, which allows it under lease#*, link#*")
            }),
            (&["session#"], &[], format!(" under session#: {place}")),
            (&[], &[], format!(": {place}")),
            (&["lease#", "link#"], &["lease#*", "link#*"], {
                format!(
                    " under lease#, link#: {place}, which allows it under lease#*, link#*; one \
                     statement must allow all the keys of a call"
                )
            }),
        ] {
            let told = format!("register may not dynamodb:PutItem on arn:t{told}");
            assert_eq!(refusal(keys, allowed), told);
        }
    }
}
