//! `CloudFormation`'s intrinsic functions, limited to those that our template needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{document, naming};
use crate::arn::{ACCOUNT, REGION, function_arn};

/// Deeper references count as circular.
const DEEPEST: usize = 48;

/// Why a value cannot be resolved.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum ResolveError {
    /// A reference leads back to itself.
    #[error("its references go round in a circle")]
    CircularReferences,
    /// A condition leads back to itself.
    #[error("its conditions go round in a circle")]
    CircularConditions,
    /// An intrinsic function has the wrong arguments.
    #[error("{0} takes {1}")]
    Takes(&'static str, &'static str),
    /// The index is out of range.
    #[error("Fn::Select is out of range")]
    OutOfRange,
    /// A `${` is not closed.
    #[error("Fn::Sub has a ${{ that is not closed")]
    Unclosed,
    /// The intrinsic function is not supported.
    #[error("{0} is not understood here")]
    Unknown(String),
    /// The intrinsic function is not supported in a condition.
    #[error("{0} is not understood in a condition")]
    UnknownInCondition(String),
    /// A condition is not a single function.
    #[error("a condition is one function")]
    NotOneFunction,
    /// A parameter has no value.
    #[error("the parameter {0} has no Default, and no value was given")]
    NoValue(String),
    /// The referenced resource does not exist.
    #[error("it refers to {0}, which the template has not")]
    NoResource(String),
    /// The condition is not declared.
    #[error("there is no condition {0}")]
    NoCondition(String),
    /// The template of a nested stack cannot be read.
    #[error("{0}")]
    Nested(String),
    /// A nested stack has no such output.
    #[error("it refers to the output {0}, which the template of that stack has not")]
    NoOutput(String),
}

/// The values that references in a template resolve to.
pub(super) struct Scope<'a> {
    document: Arc<Value>,
    file: PathBuf,
    /// The name of the stack.
    stack: String,
    parameters: BTreeMap<String, Value>,
    outer: Option<Outer<'a>>,
}

/// The stack around a stack.
struct Outer<'a> {
    scope: &'a Scope<'a>,
    /// What it gives to the parameters, as its template says it.
    given: Map<String, Value>,
}

impl Scope<'_> {
    /// The scope of `document`, which is read from `file`. `overrides` replace the defaults of
    /// parameters.
    pub(super) fn new(
        document: Arc<Value>,
        file: &Path,
        overrides: &BTreeMap<String, String>,
    ) -> Self {
        let text = |(name, value): (&String, &String)| (name.clone(), Value::String(value.clone()));
        let parameters = parameters(&document, &overrides.iter().map(text).collect());
        Self { document, file: file.to_owned(), stack: "local".to_owned(), parameters, outer: None }
    }

    /// The scope of the nested stack that is `resource`; `None` if its template is not a file.
    pub(super) fn nested(
        &self,
        logical_id: &str,
        resource: &Value,
    ) -> Result<Option<Scope<'_>>, ResolveError> {
        self.nested_at(logical_id, resource, 0)
    }

    fn nested_at(
        &self,
        logical_id: &str,
        resource: &Value,
        depth: usize,
    ) -> Result<Option<Scope<'_>>, ResolveError> {
        let Some(location) = resource.pointer("/Properties/Location").and_then(Value::as_str)
        else {
            return Ok(None);
        };
        let file = self.file.with_file_name("").join(location);
        let document = document::read(&file)
            .map_err(|fault| ResolveError::Nested(format!("{}: {fault}", file.display())))?;
        let given = resource.pointer("/Properties/Parameters").and_then(Value::as_object);
        let given = given.cloned().unwrap_or_default();
        let mut values = Map::new();
        for (name, value) in &given {
            values.insert(name.clone(), self.at(value, depth + 1)?.unwrap_or(Value::Null));
        }
        let parameters = parameters(&document, &values);
        let stack = format!("{}-{logical_id}", self.stack);
        let outer = Some(Outer { scope: self, given });
        Ok(Some(Scope { document, file, stack, parameters, outer }))
    }

    /// The template.
    pub(super) fn document(&self) -> &Value {
        &self.document
    }

    /// The file of the template.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The document of the managed policy `name`, which stands in this template or in that of the
    /// stack around it; `None` if it stands in neither.
    pub(super) fn managed_policy(&self, name: &str) -> Result<Option<Value>, ResolveError> {
        if let Some(outer) = &self.outer
            && let Some(given) = outer.given.get(name)
        {
            let name = given.get("Ref").and_then(Value::as_str);
            return name.map_or(Ok(None), |name| outer.scope.managed_policy(name));
        }
        let document = self.resource(name)?.pointer("/Properties/PolicyDocument");
        document.map(|document| self.resolve(document)).transpose()
    }

    /// `value` with every intrinsic function replaced by its result.
    pub(super) fn resolve(&self, value: &Value) -> Result<Value, ResolveError> {
        Ok(self.at(value, 0)?.unwrap_or(Value::Null))
    }

    /// Whether the resource's `Condition`, if it has one, holds.
    pub(super) fn exists(&self, resource: &Value) -> Result<bool, ResolveError> {
        match resource.get("Condition").and_then(Value::as_str) {
            Some(name) => self.condition(name, 0),
            None => Ok(true),
        }
    }

    /// Resolves `value`; `None` for `AWS::NoValue`.
    fn at(&self, value: &Value, depth: usize) -> Result<Option<Value>, ResolveError> {
        if depth > DEEPEST {
            return Err(ResolveError::CircularReferences);
        }
        match value {
            Value::Array(items) => {
                let mut resolved = Vec::with_capacity(items.len());
                for item in items {
                    resolved.extend(self.at(item, depth + 1)?);
                }
                Ok(Some(Value::Array(resolved)))
            }
            Value::Object(entries) => {
                if let Some((name, argument)) = intrinsic(entries) {
                    return self.call(name, argument, depth + 1);
                }
                let mut resolved = Map::new();
                for (key, entry) in entries {
                    if let Some(entry) = self.at(entry, depth + 1)? {
                        resolved.insert(key.clone(), entry);
                    }
                }
                Ok(Some(Value::Object(resolved)))
            }
            _ => Ok(Some(value.clone())),
        }
    }

    fn call(
        &self,
        name: &str,
        argument: &Value,
        depth: usize,
    ) -> Result<Option<Value>, ResolveError> {
        let text = |text: String| Ok(Some(Value::String(text)));
        match name {
            "Ref" => self.reference(text_of(argument, "Ref")?, depth),
            "Fn::GetAtt" => text(self.attribute(argument, depth)?),
            "Fn::Sub" => text(self.substitute(argument, depth)?),
            "Fn::ImportValue" => self.at(argument, depth),
            "Fn::If" => match argument.as_array().map(Vec::as_slice) {
                Some([condition, yes, no]) => {
                    let holds = self.condition(text_of(condition, "Fn::If")?, depth)?;
                    self.at(if holds { yes } else { no }, depth)
                }
                _ => Err(ResolveError::Takes("Fn::If", "a condition and two values")),
            },
            "Fn::Join" => match argument.as_array().map(Vec::as_slice) {
                Some([separator, parts]) => {
                    let separator = text_of(separator, "Fn::Join")?;
                    let parts = self.at(parts, depth)?.unwrap_or(Value::Null);
                    let parts =
                        parts.as_array().ok_or(ResolveError::Takes("Fn::Join", "a list"))?;
                    text(parts.iter().map(plain_text).collect::<Vec<_>>().join(separator))
                }
                _ => Err(ResolveError::Takes("Fn::Join", "a separator and a list")),
            },
            "Fn::Select" => match argument.as_array().map(Vec::as_slice) {
                Some([index, list]) => {
                    let index = plain_text(index)
                        .parse::<usize>()
                        .map_err(|_| ResolveError::Takes("Fn::Select", "an index"))?;
                    let list = self.at(list, depth)?.unwrap_or(Value::Null);
                    list.get(index).cloned().map(Some).ok_or(ResolveError::OutOfRange)
                }
                _ => Err(ResolveError::Takes("Fn::Select", "an index and a list")),
            },
            _ => Err(ResolveError::Unknown(name.to_owned())),
        }
    }

    fn reference(&self, name: &str, depth: usize) -> Result<Option<Value>, ResolveError> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.pseudo_parameter(name) {
            return Ok(Some(Value::String(value)));
        }
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        if self.document.get("Parameters").and_then(|all| all.get(name)).is_some() {
            return Err(ResolveError::NoValue(name.to_owned()));
        }
        if let Some(function) = name.strip_suffix(ALIAS)
            && self.resource(function).is_ok()
        {
            let function = self.reference(function, depth)?.unwrap_or(Value::Null);
            let arn = format!("{}:live", function_arn(&plain_text(&function)));
            return Ok(Some(Value::String(arn)));
        }
        let resource = self.resource(name)?;
        let given = match naming::name_property(resource)
            .and_then(|key| resource.get("Properties")?.get(key))
        {
            Some(given) => {
                self.at(given, depth)?.and_then(|given| given.as_str().map(str::to_owned))
            }
            None => None,
        };
        let local = given.unwrap_or_else(|| naming::local_name(name, resource));
        Ok(Some(Value::String(naming::reference(resource, &local))))
    }

    fn attribute(&self, argument: &Value, depth: usize) -> Result<String, ResolveError> {
        let parts: Vec<&str> = match argument {
            Value::String(path) => path.splitn(2, '.').collect(),
            Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let [name, attribute] = parts.as_slice() else {
            return Err(ResolveError::Takes("Fn::GetAtt", "a resource and an attribute"));
        };
        if let Some(output) = attribute.strip_prefix("Outputs.")
            && let Some(nested) = self.nested_at(name, self.resource(name)?, depth + 1)?
        {
            return nested.output(output, depth + 1);
        }
        let reference = self.reference(name, depth)?.unwrap_or(Value::Null);
        Ok(naming::attribute(self.resource(name)?, &plain_text(&reference), attribute))
    }

    /// The value of an output of this stack.
    fn output(&self, name: &str, depth: usize) -> Result<String, ResolveError> {
        let output =
            self.document.get("Outputs").and_then(|outputs| outputs.get(name)?.get("Value"));
        let output = output.ok_or_else(|| ResolveError::NoOutput(name.to_owned()))?;
        Ok(plain_text(&self.at(output, depth)?.unwrap_or(Value::Null)))
    }

    fn substitute(&self, argument: &Value, depth: usize) -> Result<String, ResolveError> {
        let (pattern, variables) = match argument.as_array().map(Vec::as_slice) {
            Some([pattern, variables]) => (pattern, variables.as_object()),
            _ => (argument, None),
        };
        let mut rest = text_of(pattern, "Fn::Sub")?;
        let mut result = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, after) = after.split_once('}').ok_or(ResolveError::Unclosed)?;
            rest = after;
            let name = name.trim();
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
            } else if let Some(value) = variables.and_then(|variables| variables.get(name)) {
                result.push_str(&plain_text(&self.at(value, depth)?.unwrap_or(Value::Null)));
            } else if name.contains('.') {
                result.push_str(&self.attribute(&Value::String(name.to_owned()), depth)?);
            } else {
                result.push_str(&plain_text(&self.reference(name, depth)?.unwrap_or(Value::Null)));
            }
        }
        result.push_str(rest);
        Ok(result)
    }

    fn condition(&self, name: &str, depth: usize) -> Result<bool, ResolveError> {
        let condition = self
            .document
            .get("Conditions")
            .and_then(|conditions| conditions.get(name))
            .ok_or_else(|| ResolveError::NoCondition(name.to_owned()))?;
        self.holds(condition, depth + 1)
    }

    fn holds(&self, condition: &Value, depth: usize) -> Result<bool, ResolveError> {
        if depth > DEEPEST {
            return Err(ResolveError::CircularConditions);
        }
        let (name, argument) =
            condition.as_object().and_then(single).ok_or(ResolveError::NotOneFunction)?;
        let all = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (name, all) {
            ("Condition", _) => self.condition(text_of(argument, "Condition")?, depth + 1),
            ("Fn::Equals", [left, right]) => {
                let left = self.at(left, depth + 1)?.unwrap_or(Value::Null);
                let right = self.at(right, depth + 1)?.unwrap_or(Value::Null);
                Ok(plain_text(&left) == plain_text(&right))
            }
            ("Fn::Not", [inner]) => Ok(!self.holds(inner, depth + 1)?),
            ("Fn::And", _) => {
                all.iter().try_fold(true, |so_far, one| Ok(self.holds(one, depth + 1)? && so_far))
            }
            ("Fn::Or", _) => {
                all.iter().try_fold(false, |so_far, one| Ok(self.holds(one, depth + 1)? || so_far))
            }
            _ => Err(ResolveError::UnknownInCondition(name.to_owned())),
        }
    }

    /// The resource with this logical id.
    pub(super) fn resource(&self, name: &str) -> Result<&Value, ResolveError> {
        self.document
            .get("Resources")
            .and_then(|resources| resources.get(name))
            .ok_or_else(|| ResolveError::NoResource(name.to_owned()))
    }

    fn pseudo_parameter(&self, name: &str) -> Option<String> {
        let stack = &self.stack;
        Some(match name {
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::NotificationARNs" => String::new(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::Region" => REGION.to_owned(),
            "AWS::StackId" => {
                format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/local")
            }
            "AWS::StackName" => stack.clone(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            _ => return None,
        })
    }
}

/// How the name of an alias ends that SAM makes for `AutoPublishAlias: live`.
const ALIAS: &str = "Aliaslive";

/// The value of each parameter of `document`: the given one, or its default.
fn parameters(document: &Value, given: &Map<String, Value>) -> BTreeMap<String, Value> {
    let declared = document.get("Parameters").and_then(Value::as_object);
    let values = declared.into_iter().flatten().filter_map(|(name, parameter)| {
        Some((name.clone(), given.get(name).or_else(|| parameter.get("Default"))?.clone()))
    });
    values.collect()
}

/// The text of a scalar.
pub(super) fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn intrinsic(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    single(entries).filter(|(name, _)| *name == "Ref" || name.starts_with("Fn::"))
}

fn single(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    if entries.len() != 1 {
        return None;
    }
    entries.iter().next().map(|(name, value)| (name.as_str(), value))
}

fn text_of<'v>(value: &'v Value, function: &'static str) -> Result<&'v str, ResolveError> {
    value.as_str().ok_or(ResolveError::Takes(function, "text"))
}

#[cfg(test)]
mod tests {
    use super::super::document;
    use super::*;

    const TEMPLATE: &str = r"
Parameters:
  Environment: { Type: String, Default: dev }
  Needed: { Type: String }
Conditions:
  IsProduction: !Equals [!Ref Environment, production]
  IsNot: !Not [!Condition IsProduction]
  Round: !Condition Round
Resources:
  TenantsTable: { Type: AWS::DynamoDB::Table }
  NamedTable: { Type: AWS::DynamoDB::Table, Properties: { TableName: !Sub '${Environment}-named' } }
  CircularTable: { Type: AWS::DynamoDB::Table, Properties: { TableName: !Ref CircularTable } }
  RegisterFunction: { Type: AWS::Serverless::Function }
";

    fn resolve(value: &str) -> Result<Value, ResolveError> {
        let document = Arc::new(document::parse(TEMPLATE).unwrap());
        let value = document::parse(value).unwrap();
        Scope::new(document, Path::new("template.yaml"), &BTreeMap::new()).resolve(&value)
    }

    #[track_caller]
    fn resolves(value: &str, expected: &str) {
        assert_eq!(resolve(value), Ok(Value::String(expected.to_owned())));
    }

    #[test]
    fn references_become_local_names() {
        resolves("!Ref Environment", "dev");
        resolves("!Ref AWS::Region", "eu-west-3");
        resolves("!Ref TenantsTable", "tenants");
        resolves("!Ref NamedTable", "dev-named");
        resolves("!Ref RegisterFunction", "register");
        resolves(
            "!Ref RegisterFunctionAliaslive",
            "arn:aws:lambda:eu-west-3:000000000000:function:register:live",
        );
        resolves("!Sub '${AWS::StackName}-${TenantsTable}-${!kept}'", "local-tenants-${kept}");
        resolves("!Join ['-', [a, !Ref Environment]]", "a-dev");
        resolves(
            "!GetAtt TenantsTable.StreamArn",
            "arn:aws:dynamodb:eu-west-3:000000000000:table/tenants/stream/local",
        );
    }

    #[test]
    fn conditions_choose_and_no_value_leaves_out() {
        resolves("!If [IsProduction, 1, two]", "two");
        resolves("!If [IsNot, one, 2]", "one");
        assert_eq!(
            resolve("{ a: 1, b: !If [IsProduction, 2, !Ref AWS::NoValue] }"),
            Ok(serde_json::json!({ "a": 1 }))
        );
    }

    #[test]
    fn unresolvable_values_are_refused() {
        for (value, message) in [
            ("!Ref Nothing", "it refers to Nothing, which the template has not"),
            ("!Ref Needed", "the parameter Needed has no Default, and no value was given"),
            ("!Ref CircularTable", "its references go round in a circle"),
            ("!If [Nothing, 1, 2]", "there is no condition Nothing"),
            ("!If [Round, 1, 2]", "its conditions go round in a circle"),
            ("!If [IsNot]", "Fn::If takes a condition and two values"),
            ("!Cidr [1]", "Fn::Cidr is not understood here"),
            ("!Sub '${Environment'", "Fn::Sub has a ${ that is not closed"),
        ] {
            assert_eq!(resolve(value).unwrap_err().to_string(), message, "{value}");
        }
    }
}
