//! `template.yaml`, as far as the tree is held against it.

use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use crate::files::text;

/// The template.
#[derive(Debug)]
pub(crate) struct Template {
    /// What all functions have.
    pub globals: Value,
    /// Its functions.
    pub functions: Vec<Function>,
}

/// A function of the template.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its logical name.
    pub name: String,
    /// What the template says of it.
    pub value: Value,
}

impl Template {
    /// Reads it.
    #[track_caller]
    pub(crate) fn read() -> Self {
        let template: Value = serde_yaml_ng::from_str(&text("template.yaml"))
            .unwrap_or_else(|error| panic!("template.yaml: {error}"));
        let resources = template["Resources"].as_mapping().into_iter().flatten();
        let functions = resources.filter(|(_, it)| it["Type"] == "AWS::Serverless::Function");
        let named = functions.filter_map(|(name, value)| {
            Some(Function { name: name.as_str()?.to_owned(), value: value.clone() })
        });
        Self { globals: template["Globals"].clone(), functions: named.collect() }
    }

    /// The function of an operation.
    #[track_caller]
    pub(crate) fn function_of(&self, operation: &str) -> &Function {
        let name = logical_name(operation);
        let function = self.functions.iter().find(|function| function.name == name);
        function
            .unwrap_or_else(|| panic!("template.yaml: it lacks {name}, of functions/{operation}"))
    }
}

impl Function {
    /// Its routes, as `METHOD /path`.
    pub(crate) fn routes(&self) -> BTreeSet<String> {
        let events = self.value["Properties"]["Events"].as_mapping().into_iter().flatten();
        let http = events.filter(|(_, event)| event["Type"] == "HttpApi");
        let routes = http.map(|(_, event)| {
            let of = |name: &str| event["Properties"][name].as_str();
            let method = of("Method").unwrap_or("ANY").to_uppercase();
            of("Path").map_or("$default".to_owned(), |path| format!("{method} {path}"))
        });
        routes.collect()
    }

    /// Each statement of its policies: its actions, and what it says.
    pub(crate) fn statements(&self) -> Vec<(Vec<String>, Value)> {
        let list = |value: &Value| value.as_sequence().cloned().unwrap_or(vec![value.clone()]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let policies = list(&self.value["Properties"]["Policies"]);
        let statements = policies.iter().flat_map(|policy| list(&policy["Statement"]));
        let stated = statements.filter(Value::is_mapping);
        stated.map(|s| (list(&s["Action"]).iter().map(text).collect(), s)).collect()
    }
}

/// `change-email` as the template names it: `ChangeEmailFunction`.
pub(crate) fn logical_name(operation: &str) -> String {
    let words = operation.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    format!("{}Function", words.collect::<String>())
}

/// A value as the template writes it, in a line.
pub(crate) fn written(value: &Value) -> String {
    let yaml = serde_yaml_ng::to_string(value).unwrap_or_default();
    yaml.split_whitespace().collect::<Vec<_>>().join(" ")
}
