//! The permissions of a function: its policies in the template, limited to actions, resources and
//! leading keys. So calls that AWS would refuse are already refused locally.

use std::collections::BTreeSet;

use serde_json::Value;

use super::resolve::{ResolveError, Scope};
use crate::pattern::is_like;
use crate::privilege::Privilege;

/// Why the permissions of a function are not supported.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum PermissionsError {
    /// A value in a policy cannot be resolved.
    #[error(transparent)]
    Value(#[from] ResolveError),
    /// The fault is in one of the policies.
    #[error("Policies: {0}")]
    Policies(#[from] PolicyError),
    /// The fault is in the boundary.
    #[error("PermissionsBoundary: {0}")]
    Boundary(PolicyError),
}

/// Why a policy is not supported.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum PolicyError {
    /// A value cannot be resolved.
    #[error(transparent)]
    Value(#[from] ResolveError),
    /// The policy is not in the template.
    #[error("only policies with statements are understood here")]
    NoStatement,
    /// The boundary is not in the template.
    #[error("only a policy of this template is understood here")]
    BoundaryElsewhere,
    /// A statement neither allows nor denies.
    #[error("an Effect is neither Allow nor Deny")]
    Effect,
    /// The condition is not supported.
    #[error("the condition {0} is not understood here")]
    Condition(Value),
    /// A statement denies something.
    #[error("what is denied cannot be told from what is allowed")]
    Denies,
}

/// The permissions of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions {
    policies: Statements,
    /// The permissions boundary, which limits the policies.
    boundary: Option<Statements>,
}

#[derive(Clone, Debug, Default)]
struct Statements(Vec<Statement>);

#[derive(Clone, Debug)]
struct Statement {
    allows: bool,
    actions: Vec<String>,
    resources: Vec<String>,
    leading_keys: Option<Vec<String>>,
}

/// An access that a call needs.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// The action, as in `dynamodb:PutItem`.
    pub action: String,
    /// The ARN of the resource, if there is one.
    pub resource: Option<String>,
    /// The partition keys, for items. One statement must allow all of them, because AWS checks all
    /// keys of a call to one table together.
    pub keys: Vec<String>,
}

impl Permissions {
    /// Reads the `Policies` of a function and its `PermissionsBoundary`.
    pub(super) fn read(
        scope: &Scope<'_>,
        policies: Option<&Value>,
        boundary: Option<&Value>,
    ) -> Result<Self, PermissionsError> {
        let policies = policies.map(|policies| scope.resolve(policies)).transpose()?;
        let policies = Statements::read(policies.as_ref())?;
        let boundary = boundary.map(|boundary| Self::read_boundary(scope, boundary)).transpose();
        let boundary = boundary.map_err(PermissionsError::Boundary)?;
        Ok(Self { policies, boundary })
    }

    fn read_boundary(scope: &Scope<'_>, boundary: &Value) -> Result<Statements, PolicyError> {
        let name =
            boundary.get("Ref").and_then(Value::as_str).ok_or(PolicyError::BoundaryElsewhere)?;
        let document = scope.managed_policy(name)?.ok_or(PolicyError::BoundaryElsewhere)?;
        Statements::read(Some(&document))
    }

    /// Whether `access` is allowed.
    pub(crate) fn allow(&self, access: &Access) -> bool {
        self.refusing(access).is_none()
    }

    /// The property of the function that refuses `access`, if one does.
    pub(crate) fn refusing(&self, access: &Access) -> Option<&'static str> {
        if !self.policies.allow(access) {
            return Some("Policies");
        }
        let boundary = self.boundary.as_ref();
        boundary.filter(|boundary| !boundary.allow(access)).map(|_| "PermissionsBoundary")
    }

    /// The keys for which the policies allow the action and resource of `access`, such as
    /// `lease#*`.
    pub(crate) fn keys_allowed(&self, access: &Access) -> BTreeSet<String> {
        let anywhere = Access { keys: Vec::new(), ..access.clone() };
        let statements = self.policies.0.iter();
        let allowing = statements.filter(|it| it.allows && it.matches(&anywhere));
        allowing.filter_map(|it| it.leading_keys.as_ref()).flatten().cloned().collect()
    }

    /// The privileges in these permissions of `function`.
    pub(super) fn privileges(&self, function: &str) -> Result<Vec<Privilege>, PermissionsError> {
        let mut privileges = Vec::new();
        for statement in &self.policies.0 {
            if !statement.allows {
                return Err(PolicyError::Denies.into());
            }
            let keys = statement.leading_keys.as_ref();
            let keys: Vec<Option<&String>> =
                keys.map_or_else(|| vec![None], |keys| keys.iter().map(Some).collect());
            for action in &statement.actions {
                for resource in &statement.resources {
                    privileges.extend(keys.iter().map(|key| Privilege {
                        function: function.to_owned(),
                        action: action.clone(),
                        resource: resource.clone(),
                        key: key.cloned(),
                    }));
                }
            }
        }
        Ok(privileges)
    }
}

impl Statements {
    /// Reads the statements of one or several policies.
    fn read(policies: Option<&Value>) -> Result<Self, PolicyError> {
        let mut read = Self::default();
        for policy in list(policies) {
            let statements = policy.get("Statement").ok_or(PolicyError::NoStatement)?;
            for statement in list(Some(statements)) {
                read.0.push(Statement::read(statement)?);
            }
        }
        Ok(read)
    }

    fn allow(&self, access: &Access) -> bool {
        let matches = |allows| {
            let mut statements = self.0.iter().filter(|statement| statement.allows == allows);
            statements.any(|statement| statement.matches(access))
        };
        matches(true) && !matches(false)
    }
}

impl Statement {
    fn read(value: &Value) -> Result<Self, PolicyError> {
        let texts = |name: &str| -> Vec<String> {
            list(value.get(name)).iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let allows = match value.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(PolicyError::Effect),
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
            && self
                .leading_keys
                .as_ref()
                .is_none_or(|patterns| access.keys.iter().all(|key| any(patterns, key)))
    }
}

fn leading_keys(condition: Option<&Value>) -> Result<Option<Vec<String>>, PolicyError> {
    let Some(condition) = condition.filter(|condition| !condition.is_null()) else {
        return Ok(None);
    };
    let unknown = || PolicyError::Condition(condition.clone());
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

/// A value or a list of values, as a list.
fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(values)) => values,
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::Arc;

    use super::super::document;
    use super::*;

    fn scope(template: &str) -> Scope<'_> {
        let document = Arc::new(document::parse(template).unwrap());
        Scope::new(document, Path::new("template.yaml"), &BTreeMap::new())
    }

    fn permissions(policies: &str) -> Result<Permissions, PermissionsError> {
        let scope = scope("Resources: {}");
        Permissions::read(&scope, Some(&document::parse(policies).unwrap()), None)
    }

    fn access(action: &str, resource: &str, keys: &[&str]) -> Access {
        Access {
            action: action.to_owned(),
            resource: Some(resource.to_owned()),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
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

        assert!(permissions.allow(&access("dynamodb:GetItem", "arn:t", &["lease#1"])));
        assert!(permissions.allow(&access("dynamodb:PutItem", "arn:t", &["link#1", "lease#2"])));
        assert!(!permissions.allow(&access("dynamodb:PutItem", "arn:t", &["link#1", "tenant#1"])));
        assert!(!permissions.allow(&access("dynamodb:UpdateItem", "arn:t", &["link#1"])));
        assert!(!permissions.allow(&access("dynamodb:GetItem", "arn:t/index/x", &[])));
    }

    #[test]
    fn one_statement_must_allow_all_keys_of_a_call() {
        let statement = |key: &str| {
            format!(
                "  - Effect: Allow\n    Action: dynamodb:BatchGetItem\n    Resource: arn:t\n    \
                 Condition: {{ 'ForAllValues:StringLike': {{ 'dynamodb:LeadingKeys': '{key}' }} }}\n"
            )
        };
        let policies = format!("- Statement:\n{}{}", statement("lease#*"), statement("tenant#*"));
        let permissions = permissions(&policies).unwrap();

        let keys = ["lease#1", "tenant#1"];

        for key in keys {
            assert!(permissions.allow(&access("dynamodb:BatchGetItem", "arn:t", &[key])));
        }
        assert!(!permissions.allow(&access("dynamodb:BatchGetItem", "arn:t", &keys)));
    }

    #[test]
    fn permissions_are_listed_as_privileges() {
        let permissions = permissions(
            "- Statement:\n  - Effect: Allow\n    Action: [dynamodb:GetItem, dynamodb:PutItem]\n    \
             Resource: arn:t\n    Condition: { 'ForAllValues:StringLike': \
             { 'dynamodb:LeadingKeys': ['lease#*', 'link#*'] } }\n  \
             - { Effect: Allow, Action: 'ses:SendEmail', Resource: [arn:a, arn:b] }",
        )
        .unwrap();

        let told: Vec<String> =
            permissions.privileges("login").unwrap().iter().map(Privilege::to_string).collect();

        assert_eq!(
            told,
            [
                "login: dynamodb:GetItem on arn:t under lease#*",
                "login: dynamodb:GetItem on arn:t under link#*",
                "login: dynamodb:PutItem on arn:t under lease#*",
                "login: dynamodb:PutItem on arn:t under link#*",
                "login: ses:SendEmail on arn:a",
                "login: ses:SendEmail on arn:b",
            ]
        );
    }

    #[test]
    fn a_denied_access_is_not_allowed() {
        let permissions = permissions(
            "- Statement:\n  - { Effect: Allow, Action: '*', Resource: '*' }\n  \
             - { Effect: Deny, Action: 'dynamodb:Sc?n', Resource: '*' }",
        )
        .unwrap();

        assert!(permissions.allow(&access("dynamodb:GetItem", "arn:t", &[])));
        assert!(!permissions.allow(&access("dynamodb:Scan", "arn:t", &[])));
        assert!(!Permissions::default().allow(&access("dynamodb:Scan", "arn:t", &[])));
        assert!(permissions.privileges("login").is_err());
    }

    #[test]
    fn nothing_is_allowed_beyond_the_boundary() {
        let scope = scope(
            "Resources: { Boundary: { Type: AWS::IAM::ManagedPolicy, Properties: { PolicyDocument: { \
             Statement: [{ Effect: Allow, Action: 'dynamodb:GetItem', Resource: '*' }] } } } }",
        );
        let read = |policies: &str, boundary: &str| {
            let (policies, boundary) = (document::parse(policies), document::parse(boundary));
            Permissions::read(&scope, Some(&policies.unwrap()), Some(&boundary.unwrap()))
        };
        let everything = "[{ Statement: { Effect: Allow, Action: '*', Resource: '*' } }]";

        let permissions = read(everything, "!Ref Boundary").unwrap();

        assert!(permissions.allow(&access("dynamodb:GetItem", "arn:t", &[])));
        assert!(!permissions.allow(&access("dynamodb:PutItem", "arn:t", &[])));
        let nothing = read("[]", "!Ref Boundary").unwrap();
        assert!(!nothing.allow(&access("dynamodb:GetItem", "arn:t", &[])));
        assert!(read(everything, "arn:aws:iam::aws:policy/ReadOnlyAccess").is_err());
    }

    #[test]
    fn unsupported_policies_are_refused() {
        for policies in [
            "- AWSLambdaExecute",
            "- Statement: [{ Effect: Perhaps, Action: a, Resource: b }]",
            "- Statement: [{ Effect: Allow, Action: a, Resource: b, Condition: { Bool: { c: true } } }]",
        ] {
            assert!(permissions(policies).is_err(), "{policies}");
        }
    }
}
