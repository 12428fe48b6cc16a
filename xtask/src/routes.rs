//! The routes of the API, as they stand in the document of the API in `template.yaml`.
//!
//! Written here and not as events of the functions, which SAM would make routes of: its events know
//! neither a function of a nested stack, nor a role that calls it.

use std::collections::BTreeMap;
use std::error::Error;

use shared::http::operation::{Description, Guard, Route};

use crate::stacks::{self, Nested, Template, logical_name};

/// The lines of a method, each with its indent from the method.
type Method = Vec<String>;

/// The paths of the document.
pub(crate) fn paths(
    descriptions: &[Description],
    templates: &[Template],
) -> Result<String, Box<dyn Error>> {
    let mut paths: BTreeMap<&str, BTreeMap<String, (Option<Nested>, Method)>> = BTreeMap::new();
    for description in descriptions {
        let (path, name) = match description.operation.route {
            Route::Http { method, path } => (path, method.to_lowercase()),
            Route::Default => ("/$default", "x-amazon-apigateway-any-method".to_owned()),
            Route::Event(_) => continue,
        };
        let nested = stacks::of(description.operation.name, templates)?.nested;
        let method = method(&name, path, description, nested);
        paths.entry(path).or_default().insert(name, (nested, method));
    }
    let mut text = String::new();
    for (path, methods) in paths {
        let all: Vec<Option<Nested>> = methods.values().map(|(nested, _)| *nested).collect();
        let nested = all.first().copied().flatten();
        if all.iter().any(|other| *other != nested) {
            return Err(format!("the functions of {path} stand in different templates").into());
        }
        let lines: Vec<String> = methods.into_values().flat_map(|(_, method)| method).collect();
        text += &indented(&[format!("{path}:")], 10);
        text += &match nested {
            None => indented(&lines, 12),
            Some(Nested { condition, .. }) => if_there(condition, &lines),
        };
    }
    Ok(text)
}

/// A path that is there under a condition.
fn if_there(condition: &str, lines: &[String]) -> String {
    let methods = indented(lines, 16);
    let methods = methods.trim_start();
    let indent = " ".repeat(14);
    format!(
        "            Fn::If:\n{indent}- {condition}\n{indent}- {methods}{indent}- !Ref AWS::NoValue\n"
    )
}

fn indented(lines: &[String], by: usize) -> String {
    let indent = " ".repeat(by);
    lines.iter().fold(String::new(), |text, line| text + &indent + line + "\n")
}

fn method(name: &str, path: &str, description: &Description, nested: Option<Nested>) -> Method {
    let mut lines = vec![format!("{name}:")];
    if description.operation.route == Route::Default {
        lines.push("  isDefaultRoute: true".to_owned());
    }
    if description.guard == Guard::Agency {
        lines.push("  security: [{ AWS_IAM: [] }]".to_owned());
    }
    let parameters = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<String> =
        parameters.map(|name| format!("{{ name: {name}, in: path, required: true }}")).collect();
    if !parameters.is_empty() {
        lines.push(format!("  parameters: [{}]", parameters.join(", ")));
    }
    let function = logical_name(description.operation.name);
    let alias = match nested {
        None => format!("{function}Aliaslive"),
        Some(Nested { name, .. }) => format!("{name}.Outputs.{function}"),
    };
    lines.extend(INTEGRATION.lines().map(|line| line.replace("ALIAS", &alias)));
    lines
}

const INTEGRATION: &str = r#"  responses: {}
  x-amazon-apigateway-integration:
    { type: aws_proxy, httpMethod: POST, payloadFormatVersion: "2.0", credentials: !GetAtt ApiRole.Arn,
      uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${ALIAS}/invocations" }
"#;

/// The outputs by which the API finds the functions of `template`: their aliases.
pub(crate) fn outputs<'a>(
    template: &Template,
    operations: impl Iterator<Item = &'a String>,
) -> String {
    let here = operations.filter(|operation| template.declares(operation));
    let outputs = here.map(|operation| {
        let function = logical_name(operation);
        format!("{function}: {{ Value: !Ref {function}Aliaslive }}")
    });
    indented(&outputs.collect::<Vec<_>>(), 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::descriptions;

    fn template(file: &'static str, nested: Option<Nested>, functions: &[&str]) -> Template {
        let blocks = functions.iter().map(|name| format!("{}:", logical_name(name)));
        let text = indented(&blocks.collect::<Vec<_>>(), 2);
        Template { file, nested, text }
    }

    fn described(names: &[&str]) -> Vec<Description> {
        let all = descriptions().into_iter();
        all.filter(|it| names.contains(&it.operation.name)).collect()
    }

    const NESTED: Option<Nested> = Some(Nested { name: "Inner", condition: "HasInner" });

    #[test]
    fn a_route_names_its_function_and_the_role_that_calls_it() {
        let outer = template("outer", None, &["get-lease", "portal", "deliver-mail"]);
        let routes = described(&["get-lease", "portal", "deliver-mail"]);

        let text = paths(&routes, &[outer]).unwrap();

        let integration = |alias: &str| {
            let lines = INTEGRATION.replace("ALIAS", alias);
            indented(&lines.lines().map(str::to_owned).collect::<Vec<_>>(), 12)
        };
        let default = "          /$default:\n            x-amazon-apigateway-any-method:\n              \
                       isDefaultRoute: true\n";
        let lease = "          /api/agency/leases/{lease}:\n            get:\n              \
                     security: [{ AWS_IAM: [] }]\n              \
                     parameters: [{ name: lease, in: path, required: true }]\n";
        let (portal, get) =
            (integration("PortalFunctionAliaslive"), integration("GetLeaseFunctionAliaslive"));
        assert_eq!(text, format!("{default}{portal}{lease}{get}"));
        assert!(get.contains("credentials: !GetAtt ApiRole.Arn"), "{get}");
    }

    #[test]
    fn a_function_of_a_nested_stack_is_found_by_its_output_where_that_stack_is_made() {
        let functions = ["get-account", "update-account"];
        let inner = template("inner", NESTED, &functions);

        let text = paths(&described(&functions), std::slice::from_ref(&inner)).unwrap();

        let begin = "          /api/account:\n            Fn::If:\n              - HasInner\n              \
                     - get:\n                  responses: {}\n";
        assert!(text.starts_with(begin), "{text}");
        assert!(text.contains("/${Inner.Outputs.GetAccountFunction}/"), "{text}");
        assert!(text.contains("\n                patch:\n"), "{text}");
        assert!(text.ends_with("\n              - !Ref AWS::NoValue\n"), "{text}");
        let all = ["get-account", "login", "update-account"].map(str::to_owned);
        assert_eq!(
            outputs(&inner, all.iter()),
            "  GetAccountFunction: { Value: !Ref GetAccountFunctionAliaslive }\n  \
             UpdateAccountFunction: { Value: !Ref UpdateAccountFunctionAliaslive }\n"
        );
    }

    #[test]
    fn the_functions_of_a_path_stand_in_one_template() {
        let outer = template("outer", None, &["get-account"]);
        let inner = template("inner", NESTED, &["update-account"]);

        let refused = paths(&described(&["get-account", "update-account"]), &[outer, inner]);

        let message = "the functions of /api/account stand in different templates";
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
}
