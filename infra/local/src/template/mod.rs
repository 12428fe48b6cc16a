//! The parts of `template.yaml` that the local stack imitates: functions and their events, tables,
//! secrets. Everything else (alarms, roles, log groups) is ignored.

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
use std::path::{Path, PathBuf};

use serde_json::Value;

pub(crate) use cadence::Cadence;
pub use error::TemplateError;
pub(crate) use function::{DeclaredFunction, Schedule, StreamMapping};
pub(crate) use permissions::{Access, Permissions};
pub(crate) use table::DeclaredTable;

use crate::privilege::Privilege;
use crate::route::Route;
use error::Fault;
use resolve::Scope;

/// The declarations of the template.
#[derive(Debug, Default)]
pub(crate) struct Template {
    file: PathBuf,
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
            .map_err(TemplateError::from)
            .and_then(|document| Self::of(&document, parameters))
            .map(|template| Self { file: path.to_owned(), ..template })
            .map_err(|error| error.in_file(path))
    }

    /// The place of the permissions of `function`: one of its properties.
    pub(crate) fn place(&self, function: &DeclaredFunction, property: &str) -> String {
        place::place(&self.file, &function.logical_id, property)
    }

    fn of(document: &Value, parameters: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let scope = Scope::new(document, parameters);
        let resources =
            document.get("Resources").and_then(Value::as_object).ok_or(Fault::NoResources)?;
        let globals = document.pointer("/Globals/Function").unwrap_or(&Value::Null);
        let mut template = Self::default();
        for (logical_id, resource) in resources {
            template
                .add(&scope, globals, logical_id, resource)
                .map_err(|fault| TemplateError::of(logical_id, fault))?;
        }
        Ok(template)
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
                if self.functions.insert(name.clone(), function).is_some() {
                    return Err(Fault::NamedTwice(name));
                }
            }
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

/// The privileges that the template at `path` gives its functions.
///
/// # Errors
///
/// When the template cannot be read, or has a statement that denies.
pub fn privileges(path: &Path) -> Result<BTreeSet<Privilege>, TemplateError> {
    let template = Template::read(path, &BTreeMap::new())?;
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
        Template::of(&document::parse(&text)?, &parameters)
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
