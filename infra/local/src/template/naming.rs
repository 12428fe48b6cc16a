//! The local names of the template's resources.

use serde_json::Value;

use crate::arn::{function_arn, secret_arn, stream_arn, table_arn};

/// The property with the name of a resource of this type.
pub(super) fn name_property(resource: &Value) -> Option<&'static str> {
    Some(match kind(resource) {
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::SES::ConfigurationSet" | "AWS::SecretsManager::Secret" => "Name",
        _ => return None,
    })
}

/// The name of a resource that has none in the template: `register` for `RegisterFunction`,
/// `tokens` for `TokensTable`.
pub(super) fn local_name(logical_id: &str, resource: &Value) -> String {
    match kind(resource) {
        "AWS::Serverless::Function" => function_name(logical_id, resource),
        "AWS::DynamoDB::Table" => kebab(without_suffix(logical_id, "Table")),
        _ => kebab(logical_id),
    }
}

/// The kebab-case name of a function, from its binary or its logical id.
pub(super) fn function_name(logical_id: &str, resource: &Value) -> String {
    resource
        .pointer("/Metadata/BuildProperties/Binary")
        .and_then(Value::as_str)
        .map_or_else(|| kebab(without_suffix(logical_id, "Function")), str::to_owned)
}

/// The value of `Ref` for the resource.
pub(super) fn reference(resource: &Value, name: &str) -> String {
    match kind(resource) {
        "AWS::SecretsManager::Secret" => secret_arn(name),
        _ => name.to_owned(),
    }
}

/// The value of `Fn::GetAtt` for the resource. `reference` is the value of `Ref`.
pub(super) fn attribute(resource: &Value, reference: &str, attribute: &str) -> String {
    match (kind(resource), attribute) {
        ("AWS::DynamoDB::Table", "Arn") => table_arn(reference),
        ("AWS::DynamoDB::Table", "StreamArn") => stream_arn(reference),
        ("AWS::Serverless::Function", "Arn") => function_arn(reference),
        _ => format!("{reference}.{attribute}"),
    }
}

fn kind(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or_default()
}

fn without_suffix<'a>(text: &'a str, suffix: &str) -> &'a str {
    text.strip_suffix(suffix).filter(|rest| !rest.is_empty()).unwrap_or(text)
}

fn kebab(text: &str) -> String {
    let mut result = String::new();
    for character in text.chars() {
        if character.is_ascii_uppercase() && !result.is_empty() {
            result.push('-');
        }
        result.push(character.to_ascii_lowercase());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_function_is_named_by_its_binary_or_its_logical_id() {
        let built = json!({ "Metadata": { "BuildProperties": { "Binary": "register" } } });

        assert_eq!(function_name("AnyFunction", &built), "register");
        assert_eq!(function_name("ChangeEmailFunction", &json!({})), "change-email");
        assert_eq!(function_name("Function", &json!({})), "function");
    }
}
