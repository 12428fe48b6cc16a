//! The parts of `template.yaml` that the local stack imitates: the routes of the API, functions and
//! their events, tables, secrets; also those of the stacks inside it. Everything else (alarms, roles,
//! log groups) is ignored.

mod api;
mod cadence;
mod document;
mod error;
mod function;
mod naming;
mod permissions;
mod place;
mod resolve;
#[cfg(test)]
pub(crate) mod samples;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

pub(crate) use cadence::Cadence;
pub use error::TemplateError;
pub(crate) use function::{DeclaredFunction, Schedule, StreamMapping};
pub(crate) use permissions::{Access, Permissions};
pub(crate) use table::DeclaredTable;

use crate::privilege::Privilege;
use crate::route::Route;
use error::Fault;
use resolve::{ResolveError, Scope};

/// The declarations of the template.
#[derive(Debug, Default)]
pub(crate) struct Template {
    /// The functions, by their kebab-case names.
    pub functions: BTreeMap<String, DeclaredFunction>,
    /// The routes of the HTTP API.
    pub routes: Vec<Route>,
    /// The functions that a table's stream invokes.
    pub mappings: Vec<StreamMapping>,
    /// The schedules that invoke functions.
    pub schedules: Vec<Schedule>,
    /// The tables.
    pub tables: Vec<DeclaredTable>,
    /// The secrets, by the value of `Ref`.
    pub secrets: Vec<String>,
}

impl Template {
    /// Reads the template at `path`. `parameters` override the defaults.
    ///
    /// # Errors
    ///
    /// Names the resource and its fault.
    pub(crate) fn read(
        path: &Path,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        document::read(path)
            .map_err(|error| TemplateError::from(Fault::from(error)))
            .and_then(|document| Self::of(&Scope::new(document, path, parameters)))
            .map_err(|error| error.in_file(path))
    }

    /// The place of the permissions of `function`: one of its properties.
    pub(crate) fn place(function: &DeclaredFunction, property: &str) -> String {
        place::place(&function.file, &function.logical_id, property)
    }

    fn of(scope: &Scope<'_>) -> Result<Self, TemplateError> {
        let document = scope.document();
        let resources =
            document.get("Resources").and_then(Value::as_object).ok_or(Fault::NoResources)?;
        let globals = document.pointer("/Globals/Function").unwrap_or(&Value::Null);
        let mut template = Self::default();
        for (logical_id, resource) in resources {
            let at_it = |fault| TemplateError::of(logical_id, fault);
            template.add(scope, globals, logical_id, resource).map_err(at_it)?;
            if let Some(nested) = nested_template(scope, logical_id, resource)? {
                template.take_over(nested).map_err(at_it)?;
            }
        }
        Ok(template)
    }

    /// Adds what a nested stack declares.
    fn take_over(&mut self, nested: Self) -> Result<(), Fault> {
        let Self { functions, routes, mappings, schedules, tables, secrets } = nested;
        for (name, function) in functions {
            self.insert(name, function)?;
        }
        self.routes.extend(routes);
        self.mappings.extend(mappings);
        self.schedules.extend(schedules);
        self.tables.extend(tables);
        self.secrets.extend(secrets);
        Ok(())
    }

    fn insert(&mut self, name: String, function: DeclaredFunction) -> Result<(), Fault> {
        match self.functions.insert(name.clone(), function) {
            Some(_) => Err(Fault::NamedTwice(name)),
            None => Ok(()),
        }
    }

    fn add(
        &mut self,
        scope: &Scope<'_>,
        globals: &Value,
        logical_id: &str,
        resource: &Value,
    ) -> Result<(), Fault> {
        let kind = resource.get("Type").and_then(Value::as_str).ok_or(Fault::NoType)?;
        if !scope.exists(resource)? {
            return Ok(());
        }
        match kind {
            "AWS::Serverless::Function" => {
                let name = naming::function_name(logical_id, resource);
                let function = DeclaredFunction::read(scope, globals, logical_id, resource)?;
                let events = function::events(scope, &name, resource)?;
                self.routes.extend(events.routes);
                self.mappings.extend(events.mappings);
                self.schedules.extend(events.schedules);
                self.insert(name, function)?;
            }
            "AWS::Serverless::HttpApi" => self.routes.extend(api::routes(scope, resource)?),
            "AWS::DynamoDB::Table" => {
                let name = scope.resolve(&reference_to(logical_id))?;
                self.tables.push(DeclaredTable::read(
                    scope,
                    &resolve::plain_text(&name),
                    resource,
                )?);
            }
            "AWS::SecretsManager::Secret" => {
                let name = scope.resolve(&reference_to(logical_id))?;
                self.secrets.push(resolve::plain_text(&name));
            }
            _ => {}
        }
        Ok(())
    }
}

/// What `resource` declares, if it is a nested stack.
fn nested_template(
    scope: &Scope<'_>,
    logical_id: &str,
    resource: &Value,
) -> Result<Option<Template>, TemplateError> {
    let at_it = |fault: ResolveError| TemplateError::of(logical_id, fault.into());
    let is_stack = resource.get("Type").is_some_and(|kind| kind == "AWS::Serverless::Application");
    if !is_stack || !scope.exists(resource).map_err(at_it)? {
        return Ok(None);
    }
    let Some(nested) = scope.nested(logical_id, resource).map_err(at_it)? else {
        return Ok(None);
    };
    Template::of(&nested).map(Some).map_err(|error| error.in_file(nested.file()))
}

/// The parameters with which the template has everything: what is made under a condition, too.
fn everything() -> BTreeMap<String, String> {
    let given = [("StaffIssuer", "https://staff.example"), ("SyntheticHousehold", "true")];
    given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The privileges that the template at `path` gives its functions.
///
/// # Errors
///
/// When the template cannot be read, or has a statement that denies.
pub fn privileges(path: &Path) -> Result<BTreeSet<Privilege>, TemplateError> {
    let template = Template::read(path, &everything())?;
    let mut privileges = BTreeSet::new();
    for (name, function) in &template.functions {
        let permissions = function.permissions.as_ref();
        let allowed = permissions.map_or_else(
            || Err(Fault::RoleElsewhere),
            |permissions| Ok(permissions.privileges(name)?),
        );
        privileges.extend(allowed.map_err(|fault| TemplateError::of(name, fault).in_file(path))?);
    }
    Ok(privileges)
}

fn reference_to(logical_id: &str) -> Value {
    serde_json::json!({ "Ref": logical_id })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    const TEMPLATE: &str = r"
Parameters:
  PortalUrl: { Type: String, Default: https://portal.example }
Globals:
  Function:
    Timeout: 7
    Environment: { Variables: { TOKENS_TABLE: !Ref TokensTable, LEVEL: 3 } }
Resources:
  TokensTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: true }
  RegisterFunction:
    Type: AWS::Serverless::Function
    Properties:
      VpcConfig: { SubnetIds: !Cidr [not, understood] }
      Events:
        Post: { Type: HttpApi, Properties: { Method: post, Path: /api/registrations } }
        Agency:
          Type: HttpApi
          Properties: { Method: GET, Path: '/agency/{lease}', Auth: { Authorizer: AWS_IAM } }
  DeliverMailFunction:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Environment: { Variables: { PORTAL_URL: !Ref PortalUrl, LEVEL: 4 } }
      Events:
        Mails:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt TokensTable.StreamArn
            StartingPosition: LATEST
            BatchSize: 5
            MaximumRetryAttempts: 2
            MaximumRecordAgeInSeconds: 600
            FilterCriteria:
              Filters: [{ Pattern: '{\x22eventName\x22: [\x22INSERT\x22]}' }]
        Sweep: { Type: ScheduleV2, Properties: { ScheduleExpression: rate(5 minutes) } }
  Alarm: { Type: AWS::CloudWatch::Alarm, Properties: { Whatever: !Ref Nothing } }
";

    fn template(text: &str) -> Result<Template, TemplateError> {
        let parameters =
            BTreeMap::from([("PortalUrl".to_owned(), "http://127.0.0.1:3000".to_owned())]);
        let text = text.replace("\\x22", "\"");
        let document = Arc::new(document::parse(&text).map_err(Fault::from)?);
        Template::of(&Scope::new(document, Path::new("template.yaml"), &parameters))
    }

    #[test]
    fn functions_have_their_globals_and_events() {
        let template = template(TEMPLATE).unwrap();

        let register = &template.functions["register"];
        assert_eq!(register.timeout, Duration::from_secs(7));
        assert_eq!(register.variables["TOKENS_TABLE"], "tokens");
        assert_eq!(register.variables["LEVEL"], "3");
        let deliver = &template.functions["deliver-mail"];
        assert_eq!(deliver.timeout, Duration::from_secs(30));
        assert_eq!(deliver.variables["LEVEL"], "4");
        assert_eq!(deliver.variables["PORTAL_URL"], "http://127.0.0.1:3000");
        assert_eq!(deliver.variables["TOKENS_TABLE"], "tokens");
        let keys: Vec<_> = template.routes.iter().map(Route::key).collect();
        assert_eq!(keys, ["GET /agency/{lease}", "POST /api/registrations"]);
        assert!(template.routes[0].needs_iam());
        assert_eq!(template.mappings[0].table, "tokens");
        assert_eq!(template.mappings[0].batch_size, 5);
        assert_eq!(template.mappings[0].retries, Some(2));
        assert_eq!(template.mappings[0].most_seconds, Some(600));
        assert_eq!(template.schedules[0].function, "deliver-mail");
        assert!(template.tables[0].has_stream());
    }

    const OUTER: &str = r"
Parameters:
  Inner: { Type: String, Default: there }
Conditions:
  HasInner: !Equals [!Ref Inner, there]
Globals:
  Function: { Environment: { Variables: { TOKENS_TABLE: !Ref TokensTable, SALT: !Ref AWS::StackId } } }
Resources:
  TokensTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement: [{ Effect: Allow, Action: 'dynamodb:GetItem', Resource: !GetAtt TokensTable.Arn }]
  KeysFunction: { Type: AWS::Serverless::Function }
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        paths:
          /$default: { x-amazon-apigateway-any-method: { x-amazon-apigateway-integration: { uri: !Sub 'arn:a:functions/${KeysFunctionAliaslive}/invocations' } } }
          /notes/{note}:
            Fn::If:
              - HasInner
              - put: { security: [{ AWS_IAM: [] }], x-amazon-apigateway-integration: { uri: !Sub 'arn:a:functions/${Inner.Outputs.Add}/invocations' } }
              - !Ref AWS::NoValue
  Inner:
    Type: AWS::Serverless::Application
    Condition: HasInner
    Properties:
      Location: inside/inner.yaml
      Parameters:
        { Boundary: !Ref Boundary, Table: !Ref TokensTable, TableArn: !GetAtt TokensTable.Arn, Salt: !Ref AWS::StackId }
";

    const INNER: &str = r"
Parameters: { Boundary: {}, Table: {}, TableArn: {}, Salt: {} }
Globals:
  Function:
    PermissionsBoundary: !Ref Boundary
    Environment: { Variables: { TOKENS_TABLE: !Ref Table, SALT: !Ref Salt, OWN: !Ref AWS::StackName } }
Resources:
  AddNoteFunction:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{ Statement: [{ Effect: Allow, Action: 'dynamodb:*', Resource: !Ref TableArn }] }]
Outputs:
  Add: { Value: !Ref AddNoteFunctionAliaslive }
";

    /// A template with a nested stack, in files of a folder of its own.
    fn with_nested(test: &str, inner: &str, parameter: &str) -> Result<Template, TemplateError> {
        let folder = format!("local-template-{test}-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir_all(folder.join("inside")).unwrap();
        fs::write(folder.join("outer.yaml"), OUTER).unwrap();
        fs::write(folder.join("inside/inner.yaml"), inner).unwrap();
        let parameters = BTreeMap::from([("Inner".to_owned(), parameter.to_owned())]);
        let read = Template::read(&folder.join("outer.yaml"), &parameters);
        fs::remove_dir_all(&folder).unwrap();
        read
    }

    #[test]
    fn a_nested_stack_is_read_with_what_its_parameters_are_given() {
        let template = with_nested("there", INNER, "there").unwrap();

        let add = &template.functions["add-note"];
        assert_eq!(add.variables["TOKENS_TABLE"], "tokens");
        assert_eq!(add.variables["SALT"], template.functions["keys"].variables["SALT"]);
        assert_eq!(add.variables["OWN"], "local-Inner");
        assert!(add.file.ends_with("inside/inner.yaml"), "{}", add.file.display());
        let access = |action: &str| Access {
            action: action.to_owned(),
            resource: Some(crate::arn::table_arn("tokens")),
            keys: Vec::new(),
        };
        let permissions = add.permissions.as_ref().unwrap();
        assert!(permissions.allow(&access("dynamodb:GetItem")));
        assert_eq!(permissions.refusing(&access("dynamodb:PutItem")), Some("PermissionsBoundary"));
    }

    #[test]
    fn routes_lead_to_functions_of_this_stack_and_of_one_inside() {
        let template = with_nested("routes", INNER, "there").unwrap();

        let routes = template.routes.iter();
        let routes: Vec<_> = routes.map(|it| (it.key(), it.function(), it.needs_iam())).collect();
        assert_eq!(routes, [("$default", "keys", false), ("PUT /notes/{note}", "add-note", true)]);
    }

    #[test]
    fn a_nested_stack_whose_condition_does_not_hold_is_not_there() {
        let template = with_nested("missing", INNER, "missing").unwrap();

        assert_eq!(template.functions.keys().collect::<Vec<_>>(), ["keys"]);
        assert_eq!(template.routes.len(), 1);
    }

    #[test]
    fn a_fault_of_a_nested_stack_is_reported_with_its_file() {
        for (inner, message) in [
            (
                "Resources: { A: {} }\nOutputs: { Add: { Value: ':function:x:live' } }",
                "inner.yaml: A: has no Type",
            ),
            (
                "Resources: {}",
                "Api: it refers to the output Add, which the template of that stack has not",
            ),
            (
                "Resources: {}\nOutputs: { Add: { Value: x } }",
                "Api: /notes/{note}: its integration names no function",
            ),
            (&INNER.replace("AddNote", "Keys"), "another function is called keys too"),
            ("Resources: [", "is not YAML: "),
        ] {
            let test = message.replace([' ', '/', ':', '{', '}'], "");
            let error = with_nested(&test, inner, "there").unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn functions_of_every_stack_have_the_same_variables_and_more() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let template = Template::read(&path, &everything()).unwrap();

        let common = &template.functions["keys"].variables;
        assert!(common.len() > 10);
        for (name, function) in &template.functions {
            // It answers nobody, so it needs neither limits nor the cost of a hash.
            let needs_all = name != "watch-household";
            for (variable, value) in common {
                let found = function.variables.get(variable);
                if needs_all || found.is_some() {
                    assert_eq!(found, Some(value), "{name}: {variable}");
                }
            }
            assert!(function.permissions.is_some(), "{name}");
        }
    }

    #[test]
    fn a_fault_is_reported_with_the_name_of_its_resource() {
        for (text, message) in [
            ("Resources: 1", "has no Resources"),
            ("Resources: { A: {} }", "A: has no Type"),
            (
                "Resources: { A: { Type: AWS::Serverless::Function, Properties: { Timeout: soon } } }",
                "A: Timeout: invalid type: string \"soon\", expected u64",
            ),
            (
                "Resources: { A: { Type: AWS::Serverless::Function, Properties: { Environment: { Variables: { B: !Ref C } } } } }",
                "A: it refers to C, which the template has not",
            ),
            (
                "Resources: { A: { Type: AWS::Serverless::Function, Properties: { Events: { B: { Type: HttpApi, Properties: { Path: a, Method: GET } } } } } }",
                "A: Events.B: the path a does not begin with a slash",
            ),
            (
                "Resources: { A: { Type: AWS::Serverless::Function, Properties: { Events: { B: { Type: Schedule, Properties: { Schedule: sometimes } } } } } }",
                "A: Events.B: sometimes is neither rate(…) nor a daily cron(…)",
            ),
            (
                "Resources: { T: { Type: AWS::DynamoDB::Table, Properties: {} } }",
                "T: missing field `AttributeDefinitions`",
            ),
        ] {
            let error = template(text).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
