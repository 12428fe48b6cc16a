//! What a function may do: its policies in the template, as far as they name actions, resources and
//! leading keys. What AWS would refuse is refused here as well, before anyone deploys it.

use serde_json::Value;

use super::resolve::Scope;

/// What a function may do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions(Vec<Statement>);

#[derive(Clone, Debug)]
struct Statement {
    allows: bool,
    actions: Vec<String>,
    resources: Vec<String>,
    leading_keys: Option<Vec<String>>,
}

/// Something a function wants to do.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The action, as in `dynamodb:PutItem`.
    pub action: String,
    /// The ARN of what it is done to, where it is done to one thing.
    pub resource: Option<String>,
    /// The partition key, where it is done to an item.
    pub key: Option<String>,
}

impl Permissions {
    /// Reads the `Policies` of a function.
    pub(super) fn read(scope: &Scope<'_>, policies: Option<&Value>) -> Result<Self, String> {
        let policies = policies.map(|policies| scope.resolve(policies)).transpose()?;
        let mut permissions = Self::default();
        for policy in list(policies.as_ref()) {
            let statements = policy
                .get("Statement")
                .ok_or("Policies: only policies with statements are understood here")?;
            for statement in list(Some(statements)) {
                let statement =
                    Statement::read(statement).map_err(|message| format!("Policies: {message}"))?;
                permissions.0.push(statement);
            }
        }
        Ok(permissions)
    }

    /// Whether `access` is allowed.
    pub(crate) fn allow(&self, access: &Access) -> bool {
        let matching = |allows| {
            move |statement: &&Statement| statement.allows == allows && statement.matches(access)
        };
        self.0.iter().any(|statement| matching(true)(&statement))
            && !self.0.iter().any(|statement| matching(false)(&statement))
    }
}

impl Statement {
    fn read(value: &Value) -> Result<Self, String> {
        let texts = |name: &str| -> Vec<String> {
            list(value.get(name)).iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let allows = match value.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("an Effect is neither Allow nor Deny".to_owned()),
        };
        Ok(Self {
            allows,
            actions: texts("Action"),
            resources: texts("Resource"),
            leading_keys: leading_keys(value.get("Condition"))?,
        })
    }

    fn matches(&self, access: &Access) -> bool {
        let any = |patterns: &[String], text: &str| {
            patterns.iter().any(|pattern| is_like(pattern.as_bytes(), text.as_bytes()))
        };
        any(&self.actions, &access.action)
            && access.resource.as_ref().is_none_or(|resource| any(&self.resources, resource))
            && match (&self.leading_keys, &access.key) {
                (Some(patterns), Some(key)) => any(patterns, key),
                _ => true,
            }
    }
}

fn leading_keys(condition: Option<&Value>) -> Result<Option<Vec<String>>, String> {
    let Some(condition) = condition.filter(|condition| !condition.is_null()) else {
        return Ok(None);
    };
    let unknown = || format!("the condition {condition} is not understood here");
    let operators = condition.as_object().ok_or_else(unknown)?;
    let mut keys = Vec::new();
    for (operator, tests) in operators {
        let tests = tests.as_object().filter(|tests| tests.len() == 1);
        let patterns = tests.and_then(|tests| tests.get("dynamodb:LeadingKeys"));
        let known = operator == "ForAllValues:StringLike";
        let patterns = patterns.filter(|_| known).ok_or_else(unknown)?;
        keys.extend(list(Some(patterns)).iter().filter_map(Value::as_str).map(str::to_owned));
    }
    Ok(Some(keys))
}

/// What may be one or many, as many.
fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(values)) => values,
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

/// Whether `text` is like `pattern`, in which `*` is any text and `?` any character.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', pattern_rest)), Some((_, text_rest))) => {
            is_like(pattern_rest, text) || is_like(pattern, text_rest)
        }
        (Some((b'*', pattern_rest)), None) => is_like(pattern_rest, text),
        (Some((wanted, pattern_rest)), Some((found, text_rest))) => {
            (wanted == found || *wanted == b'?') && is_like(pattern_rest, text_rest)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::document;
    use super::*;

    fn permissions(policies: &str) -> Result<Permissions, String> {
        let document = document::parse("Resources: {}").unwrap();
        let scope = Scope::new(&document, &BTreeMap::new());
        Permissions::read(&scope, Some(&document::parse(policies).unwrap()))
    }

    fn access(action: &str, resource: &str, key: Option<&str>) -> Access {
        Access {
            action: action.to_owned(),
            resource: Some(resource.to_owned()),
            key: key.map(str::to_owned),
        }
    }

    #[test]
    fn an_access_needs_its_action_its_resource_and_its_key() {
        let permissions = permissions(
            "- Statement:\n  - Effect: Allow\n    Action: [dynamodb:GetItem, dynamodb:PutItem]\n    \
             Resource: arn:t\n    Condition: { 'ForAllValues:StringLike': \
             { 'dynamodb:LeadingKeys': ['lease#*', 'link#*'] } }",
        )
        .unwrap();

        assert!(permissions.allow(&access("dynamodb:GetItem", "arn:t", Some("lease#1"))));
        assert!(permissions.allow(&access("dynamodb:PutItem", "arn:t", Some("link#1"))));
        assert!(!permissions.allow(&access("dynamodb:PutItem", "arn:t", Some("tenant#1"))));
        assert!(!permissions.allow(&access("dynamodb:UpdateItem", "arn:t", Some("link#1"))));
        assert!(!permissions.allow(&access("dynamodb:GetItem", "arn:t/index/x", None)));
    }

    #[test]
    fn what_is_denied_is_not_allowed() {
        let permissions = permissions(
            "- Statement:\n  - { Effect: Allow, Action: '*', Resource: '*' }\n  \
             - { Effect: Deny, Action: 'dynamodb:Sc?n', Resource: '*' }",
        )
        .unwrap();

        assert!(permissions.allow(&access("dynamodb:GetItem", "arn:t", None)));
        assert!(!permissions.allow(&access("dynamodb:Scan", "arn:t", None)));
        assert!(!Permissions::default().allow(&access("dynamodb:Scan", "arn:t", None)));
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for policies in [
            "- AWSLambdaExecute",
            "- Statement: [{ Effect: Perhaps, Action: a, Resource: b }]",
            "- Statement: [{ Effect: Allow, Action: a, Resource: b, Condition: { Bool: { c: true } } }]",
        ] {
            assert!(permissions(policies).is_err(), "{policies}");
        }
    }
}
