//! What each function may do: read from its `policy.yaml`, written into the template that declares it.
//!
//! ```yaml
//! secret: read
//! tenants:
//!   GetItem, UpdateItem: [lease, tenant]
//! query: [tokens/by_tenant]
//! ```
//!
//! `lease` stands for all rows whose keys begin with `lease#`, and `lease#99*` for those that begin so.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value};

use crate::stacks::{Nested, Template, logical_name};

/// A `policy.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Policy {
    /// Whether the secret is read.
    secret: Option<Read>,
    /// Whether the secret is read that the identity provider gave.
    staff_secret: Option<Read>,
    /// Actions on the table of what lasts, each with the kinds of rows that it is about.
    tenants: Mapping,
    /// The same, on the table of what expires.
    tokens: Mapping,
    /// The indexes that are queried: `tokens/by_tenant`.
    query: Vec<String>,
    /// Whether mails are sent.
    mail: Option<Send>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Read {
    Read,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Send {
    Send,
}

/// Writes into `template` what each of `operations` may do whose function stands there. One without a
/// `policy.yaml` may do nothing.
pub(crate) fn write_into<'a>(
    template: &mut Template,
    root: &Path,
    operations: impl Iterator<Item = &'a String>,
) -> Result<(), Box<dyn Error>> {
    let here: Vec<&String> = operations.filter(|operation| template.declares(operation)).collect();
    for operation in here {
        let path = format!("functions/{operation}/policy.yaml");
        let statements = match fs::read_to_string(root.join(&path)) {
            Ok(policy) => {
                statements(&policy, template.nested).map_err(|error| format!("{path}: {error}"))?
            }
            Err(_) => String::new(),
        };
        let policies = match statements.as_str() {
            "" => NO_POLICIES.to_owned(),
            statements => format!("{POLICIES}            # From {path}.\n{statements}"),
        };
        let replaced = replaced(&template.text, &logical_name(operation), &policies);
        template.text = replaced.ok_or_else(|| format!("{} lacks {operation}", template.file))?;
    }
    Ok(())
}

/// What comes before the statements.
const POLICIES: &str = "      Policies:\n        - Statement:\n";

/// What a function has that may do nothing.
const NO_POLICIES: &str = "      Policies: []\n";

/// `template` with `policies` instead of those of the function `name`; after its other properties and
/// before its events where it had none.
fn replaced(template: &str, name: &str, policies: &str) -> Option<String> {
    let mut lines = template.split_inclusive('\n');
    let resource = format!("  {name}:\n");
    let mut text: String = lines.by_ref().take_while(|line| *line != resource).collect();
    let mut lines = lines.peekable();
    lines.peek()?;
    text += &resource;
    let mut put = false;
    let mut within = false;
    let mut inside = true;
    for line in lines {
        let indent = line.len() - line.trim_start().len();
        inside = inside && (line.trim().is_empty() || indent > 2);
        within = within && inside && indent > 6;
        let ends = !inside || line.trim().is_empty() || line == "      Events:\n";
        if inside && line.starts_with("      Policies:") {
            within = true;
        }
        if !put && (within || ends) {
            text += policies;
            put = true;
        }
        if !within {
            text += line;
        }
    }
    if !put {
        text += policies;
    }
    Some(text)
}

/// The statements of a `policy.yaml`, as the template of the stack has them, or that of a nested stack,
/// which knows the tables by parameters.
fn statements(policy: &str, nested: Option<Nested>) -> Result<String, Box<dyn Error>> {
    let policy: Policy = serde_yaml_ng::from_str(policy)?;
    let mut statements = String::new();
    if let Some(Read::Read) = policy.secret {
        statements += SECRET;
    }
    if let Some(Read::Read) = policy.staff_secret {
        if nested.is_none() {
            return Err("only functions of infra/staff.yaml read the provider's secret".into());
        }
        statements += STAFF_SECRET;
    }
    for (table, allowed) in [("Tenants", policy.tenants), ("Tokens", policy.tokens)] {
        for (actions, keys) in allowed {
            let actions = texts(&actions, ',').ok_or("an action is called GetItem")?;
            let keys = match keys {
                Value::Sequence(keys) => {
                    keys.iter().map(|key| Some(key.as_str()?.to_owned())).collect()
                }
                _ => None,
            };
            let keys: Vec<String> = keys.ok_or("the rows of an action are a list: [tenant]")?;
            let kinds = keys.iter().map(|key| key.split('#').next().unwrap_or_default());
            if keys.is_empty() || kinds.into_iter().any(|kind| kind.contains('*')) {
                return Err("rows are named by what comes before their #: [tenant]".into());
            }
            let actions: Vec<String> =
                actions.into_iter().map(|action| format!("dynamodb:{action}")).collect();
            let action = match actions.as_slice() {
                [action] => action.clone(),
                actions => format!("[{}]", actions.join(", ")),
            };
            let keys = keys.into_iter().map(|key| {
                if key.contains('#') { format!("\"{key}\"") } else { format!("\"{key}#*\"") }
            });
            let keys: Vec<String> = keys.collect();
            statements += &ON_A_TABLE
                .replace("ACTION", &action)
                .replace("TABLE", table)
                .replace("KEYS", &keys.join(", "));
        }
    }
    for index in policy.query {
        let (table, index) = index.split_once('/').ok_or("an index is called tokens/by_tenant")?;
        let table = match table {
            "tenants" => "Tenants",
            "tokens" => "Tokens",
            _ => return Err(format!("there is no table {table}").into()),
        };
        statements += &ON_AN_INDEX.replace("TABLE", table).replace("INDEX", index);
    }
    if let Some(Send::Send) = policy.mail {
        if nested.is_some() {
            return Err("only functions of template.yaml send mails".into());
        }
        statements += MAIL;
    }
    if nested.is_some() {
        for table in ["TenantsTable", "TokensTable"] {
            statements = statements
                .replace(&format!("!GetAtt {table}.Arn"), &format!("!Ref {table}Arn"))
                .replace(&format!("${{{table}.Arn}}"), &format!("${{{table}Arn}}"));
        }
    }
    Ok(statements)
}

fn texts(value: &Value, separator: char) -> Option<Vec<String>> {
    Some(value.as_str()?.split(separator).map(|text| text.trim().to_owned()).collect())
}

const SECRET: &str = "            \
- { Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Secret }
";

const STAFF_SECRET: &str = "            \
- { Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref StaffSecret }
";

const ON_A_TABLE: &str = "            \
- { Effect: Allow, Action: ACTION, Resource: !GetAtt TABLETable.Arn,
                Condition: { \"ForAllValues:StringLike\": { \"dynamodb:LeadingKeys\": [KEYS] } } }
";

const ON_AN_INDEX: &str = "            \
- { Effect: Allow, Action: dynamodb:Query, Resource: !Sub \"${TABLETable.Arn}/index/INDEX\" }
";

const MAIL: &str = "            \
- Effect: Allow
              Action: ses:SendEmail
              Resource:
                - !Sub arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailIdentity}
                - !Sub arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/${MailConfigurationSet}
                - !If
                  - InMailSandbox
                  - !Sub arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*
                  - !Ref AWS::NoValue
";

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
Resources:
  AFunction:
    Properties:
      Policies:
        - Statement:
            - old
      Events:
        Http: 1

  # About B.
  BFunction:
    Properties:
      Timeout: 1

  CFunction:
    Properties:
      Events:
        Http: 2
";

    #[test]
    fn the_policies_of_one_function_are_replaced_and_nothing_else() {
        let new = "      Policies: new\n";

        let a = replaced(TEMPLATE, "AFunction", new).unwrap();
        let old = "      Policies:\n        - Statement:\n            - old\n";
        assert_eq!(a, TEMPLATE.replace(old, new));
        let none = replaced(TEMPLATE, "AFunction", NO_POLICIES).unwrap();
        assert_eq!(none, TEMPLATE.replace(old, NO_POLICIES));
        assert_eq!(replaced(&none, "AFunction", new).unwrap(), a);
        let b = replaced(TEMPLATE, "BFunction", new).unwrap();
        assert_eq!(
            b,
            TEMPLATE.replace("      Timeout: 1\n", "      Timeout: 1\n      Policies: new\n")
        );
        let c = replaced(TEMPLATE, "CFunction", new).unwrap();
        let at = "  CFunction:\n    Properties:\n";
        assert_eq!(c, TEMPLATE.replace(at, &format!("{at}{new}")));
        assert_eq!(replaced(TEMPLATE, "DFunction", new), None);
    }

    #[test]
    fn what_a_policy_says_becomes_one_statement_for_each_action() {
        let policy = "secret: read\ntenants:\n  GetItem, UpdateItem: [lease, tenant]\nquery: [tokens/by_tenant]\n";

        let nested = Nested { name: "Inner", condition: "HasInner" };
        let inner = statements(policy, Some(nested)).unwrap();
        let statements = statements(policy, None).unwrap();

        assert_eq!(
            statements,
            "            - { Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Secret }
            - { Effect: Allow, Action: [dynamodb:GetItem, dynamodb:UpdateItem], Resource: !GetAtt TenantsTable.Arn,
                Condition: { \"ForAllValues:StringLike\": { \"dynamodb:LeadingKeys\": [\"lease#*\", \"tenant#*\"] } } }
            - { Effect: Allow, Action: dynamodb:Query, Resource: !Sub \"${TokensTable.Arn}/index/by_tenant\" }
"
        );
        let inner = inner.replace("!Ref TenantsTableArn", "!GetAtt TenantsTable.Arn");
        assert_eq!(inner.replace("${TokensTableArn}", "${TokensTable.Arn}"), statements);
        assert!(super::statements("staff_secret: read", Some(nested)).is_ok());
        assert!(super::statements("staff_secret: read", None).is_err());
        assert!(super::statements("mail: send", None).is_ok());
        assert!(super::statements("mail: send", Some(nested)).is_err());
    }

    #[test]
    fn rows_of_a_kind_are_narrowed_by_a_pattern() {
        let policy = "tenants: { GetItem: [tenant, \"lease#99*\"] }";

        let statements = statements(policy, None).unwrap();

        assert!(statements.contains("[\"tenant#*\", \"lease#99*\"]"), "{statements}");
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for policy in [
            "secret: write",
            "tenant: { GetItem: [lease] }",
            "tenants: { GetItem: lease }",
            "tenants: { GetItem: [] }",
            "tenants: { GetItem: [\"*\"] }",
            "tenants: { GetItem: [\"*#lease\"] }",
            "query: [by_tenant]",
            "query: [other/by_tenant]",
        ] {
            assert!(statements(policy, None).is_err(), "{policy}");
        }
    }
}
