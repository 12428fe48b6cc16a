//! Reads the parts of `template.yaml`, and of the stacks inside it that declare functions, that the
//! checks need.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::Value;

use crate::files::text;

/// The templates that declare functions.
const FILES: [&str; 3] = ["template.yaml", STAFF, "infra/synthetic.yaml"];

/// The template of the agency's pages.
pub(crate) const STAFF: &str = "infra/staff.yaml";

#[derive(Debug)]
pub(crate) struct Template {
    /// The `Globals` of all functions, by the file of the template.
    pub globals: BTreeMap<&'static str, Value>,
    /// The functions.
    pub functions: Vec<Function>,
}

/// A function of a template.
#[derive(Debug)]
pub(crate) struct Function {
    /// The template that declares it.
    pub file: &'static str,
    /// The logical id.
    pub name: String,
    /// The function's part of the template.
    pub value: Value,
    /// The routes, as `METHOD /path`.
    pub routes: BTreeSet<String>,
}

impl Template {
    /// Reads the templates.
    #[track_caller]
    pub(crate) fn read() -> Self {
        let mut read = Self { globals: BTreeMap::new(), functions: Vec::new() };
        let mut routes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in FILES {
            let template: Value = serde_yaml_ng::from_str(&text(file))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            let resources = template["Resources"].as_mapping().into_iter().flatten();
            for (name, value) in resources {
                let name = name.as_str().unwrap_or_default().to_owned();
                if value["Type"] == "AWS::Serverless::Function" {
                    let value = value.clone();
                    read.functions.push(Function { file, name, value, routes: BTreeSet::new() });
                } else if value["Type"] == "AWS::Serverless::HttpApi" {
                    routes = routes_of(&value["Properties"]["DefinitionBody"]["paths"]);
                }
            }
            read.globals.insert(file, template["Globals"].clone());
        }
        for function in &mut read.functions {
            function.routes = routes.remove(&function.name).unwrap_or_default();
        }
        assert!(routes.is_empty(), "template.yaml: there are routes of no function: {routes:?}");
        read
    }

    #[track_caller]
    pub(crate) fn function_of(&self, operation: &str) -> &Function {
        let name = logical_name(operation);
        let function = self.functions.iter().find(|function| function.name == name);
        function.unwrap_or_else(|| panic!("no template has {name}, of functions/{operation}"))
    }
}

/// The routes of each function, in the document of the API.
fn routes_of(paths: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut routes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, methods) in paths.as_mapping().into_iter().flatten() {
        let path = path.as_str().unwrap_or_default();
        // The function of a nested stack is there if that stack is.
        let methods = methods.get("Fn::If").map_or(methods, |choice| &choice[1]);
        for (method, operation) in methods.as_mapping().into_iter().flatten() {
            let uri = written(&operation["x-amazon-apigateway-integration"]["uri"]);
            let named = uri.split_once("/functions/${").and_then(|(_, it)| it.split_once('}'));
            let named = named.and_then(|(name, _)| name.split('.').next_back());
            let function = named.unwrap_or_default().trim_end_matches("Aliaslive").to_owned();
            let method = method.as_str().unwrap_or_default().to_uppercase();
            let route = match path {
                "/$default" => "$default".to_owned(),
                path => format!("{method} {path}"),
            };
            routes.entry(function).or_default().insert(route);
        }
    }
    routes
}

impl Function {
    /// The statements of the policies, each with its actions.
    pub(crate) fn statements(&self) -> Vec<(Vec<String>, Value)> {
        let list = |value: &Value| value.as_sequence().cloned().unwrap_or(vec![value.clone()]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let policies = list(&self.value["Properties"]["Policies"]);
        let statements = policies.iter().flat_map(|policy| list(&policy["Statement"]));
        let stated = statements.filter(Value::is_mapping);
        stated.map(|s| (list(&s["Action"]).iter().map(text).collect(), s)).collect()
    }
}

/// The logical id of an operation: `ChangeEmailFunction` for `change-email`.
pub(crate) fn logical_name(operation: &str) -> String {
    let words = operation.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    format!("{}Function", words.collect::<String>())
}

/// A value in one line, in the template's notation.
pub(crate) fn written(value: &Value) -> String {
    let yaml = serde_yaml_ng::to_string(value).unwrap_or_default();
    yaml.split_whitespace().collect::<Vec<_>>().join(" ")
}
