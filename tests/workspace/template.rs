//! Reads the parts of `template.yaml` that the checks need.

use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use crate::files::text;

#[derive(Debug)]
pub(crate) struct Template {
    /// The `Globals` of all functions.
    pub globals: Value,
    /// The functions.
    pub functions: Vec<Function>,
}

/// A function of the template.
#[derive(Debug)]
pub(crate) struct Function {
    /// The logical id.
    pub name: String,
    /// The function's part of the template.
    pub value: Value,
}

impl Template {
    /// Reads the template.
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

    #[track_caller]
    pub(crate) fn function_of(&self, operation: &str) -> &Function {
        let name = logical_name(operation);
        let function = self.functions.iter().find(|function| function.name == name);
        function
            .unwrap_or_else(|| panic!("template.yaml: it lacks {name}, of functions/{operation}"))
    }
}

impl Function {
    /// The routes, as `METHOD /path`.
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
