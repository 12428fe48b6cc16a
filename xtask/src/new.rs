//! Lays out the files of a new operation.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::generated;
use crate::stacks::{OUTER, STAFF, logical_name};

/// An operation to lay out.
#[derive(Debug)]
pub(crate) struct New {
    operation: String,
    method: String,
    path: String,
    guard: Guard,
}

/// Who may call the operation, derived from its path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Guard {
    Public,
    SignedIn,
    Agency,
    Staff,
}

impl New {
    /// The operation `operation` with `route`, such as `PUT /api/account/language`.
    pub(crate) fn read(operation: &str, route: &str) -> Result<Self, Box<dyn Error>> {
        let is_kebab = operation
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
        if !is_kebab {
            return Err(format!("{operation:?}: an operation is named like change-language").into());
        }
        let (method, path) = route.split_once(' ').unwrap_or_default();
        if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method)
            || !path.starts_with("/api/")
        {
            return Err(format!("{route:?}: a route is like PUT /api/account/language").into());
        }
        let guard = if path == "/api/account" || path.starts_with("/api/account/") {
            Guard::SignedIn
        } else if path.starts_with("/api/agency/") {
            Guard::Agency
        } else if path.starts_with("/api/staff/") {
            Guard::Staff
        } else {
            Guard::Public
        };
        let (method, path) = (method.to_owned(), path.to_owned());
        Ok(Self { operation: operation.to_owned(), method, path, guard })
    }

    /// Writes the operation's files below `root` and makes it part of the workspace.
    pub(crate) fn lay_out(&self, root: &Path) -> Result<(), Box<dyn Error>> {
        let folder = root.join("functions").join(&self.operation);
        if folder.exists() {
            return Err(format!("{} is there already", folder.display()).into());
        }
        let document = fs::read_to_string(root.join("docs/openapi.json"))?;
        if let Some(other) = self.whose_route_it_is(&serde_json::from_str(&document)?) {
            return Err(format!("{} {} is the route of {other}", self.method, self.path).into());
        }
        let template = fs::read_to_string(root.join(self.template()))?;
        let sample = fs::read_to_string(root.join(format!("events/{}.json", self.sibling())))?;
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), self.manifest())?;
        fs::write(folder.join("src/main.rs"), self.main())?;
        fs::write(folder.join("src/lib.rs"), self.library())?;
        let policy = match self.guard {
            Guard::Public | Guard::Agency => None,
            Guard::SignedIn => Some(OF_WHOEVER_IS_SIGNED_IN),
            Guard::Staff => Some(OF_STAFF),
        };
        if let Some(policy) = policy {
            let policy = policy.replace("OPERATION", &self.operation);
            fs::write(folder.join("policy.yaml"), policy)?;
        }
        fs::write(root.join(format!("events/{}.json", self.operation)), self.event(&sample))?;
        fs::write(root.join(self.template()), self.declared_in(&template)?)?;
        let answers = root.join("infra/hook/answers.json");
        let with_ours = self.answered_in(&fs::read_to_string(&answers)?)?;
        fs::write(answers, with_ours)?;
        let lists = generated::lists(root, &generated::folders(root)?)?;
        generated::write_all(root, &lists)
    }

    /// `answers` with the status of this operation's answer to its sample event, in a stack without
    /// the session that the event names.
    fn answered_in(&self, answers: &str) -> Result<String, serde_json::Error> {
        let mut answers: BTreeMap<String, Value> = serde_json::from_str(answers)?;
        let status = match self.guard {
            Guard::SignedIn | Guard::Staff => 401,
            Guard::Public | Guard::Agency => 204,
        };
        answers.insert(self.operation.clone(), status.into());
        Ok(serde_json::to_string_pretty(&answers)? + "\n")
    }

    /// The operation of `document` that has the same route. Names of parameters tell no routes apart.
    fn whose_route_it_is(&self, document: &Value) -> Option<String> {
        let shape = |path: &str| {
            let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
            parts.collect::<Vec<_>>().join("/")
        };
        let mut paths = document.get("paths")?.as_object()?.iter();
        paths.find_map(|(path, methods)| {
            let other = methods.get(self.method.to_lowercase())?.get("operationId")?.as_str()?;
            (shape(path) == shape(&self.path)).then(|| other.to_owned())
        })
    }

    /// What there is now, and what is left to do.
    pub(crate) fn next_steps(&self) -> String {
        let Self { operation, .. } = self;
        let template = self.template();
        format!(
            "functions/{operation}/, events/{operation}.json and its function in {template} are laid out.\n\
             Fill in, as CONTRIBUTING.md says under \"Adding an operation\":\n\
             1. functions/{operation}/Cargo.toml: the description\n\
             2. functions/{operation}/src/lib.rs: OPERATION, Request, handle\n\
             3. functions/{operation}/policy.yaml: what it may do\n\
             4. events/{operation}.json: the body\n\
             5. tests/journeys/: a journey; calls.rs and interleaved/case.rs: how it is called\n\
             Then: cargo xtask generate\n\
             Undo: git restore . && git clean -fd functions/{operation} events/{operation}.json"
        )
    }

    /// An existing operation of the same kind.
    fn sibling(&self) -> &'static str {
        match self.guard {
            Guard::Public => "login",
            Guard::SignedIn => "update-account",
            Guard::Agency => "allow-mail",
            Guard::Staff => "show-staff",
        }
    }

    fn has_body(&self) -> bool {
        ["POST", "PUT", "PATCH"].contains(&self.method.as_str())
    }

    /// A summary from the name: "Change language".
    fn summary(&self) -> String {
        let words = self.operation.replace('-', " ");
        let (first, rest) = words.split_at(1);
        first.to_uppercase() + rest
    }

    /// The name of the crate in Rust.
    fn module(&self) -> String {
        self.operation.replace('-', "_")
    }

    fn parameters(&self) -> Vec<&str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    fn manifest(&self) -> String {
        MANIFEST.replace("OPERATION", &self.operation).replace("SUMMARY", &self.summary())
    }

    fn main(&self) -> String {
        MAIN.replace("MODULE", &self.module())
    }

    fn library(&self) -> String {
        let starter = match self.guard {
            Guard::Public => "public",
            Guard::SignedIn => "signed_in",
            Guard::Agency => "agency",
            Guard::Staff => "staff",
        };
        let group = match self.guard {
            Guard::Public => "Published",
            Guard::SignedIn => "Account",
            Guard::Agency => "Agency",
            Guard::Staff => "Staff",
        };
        let of_call = match self.guard {
            Guard::Public => "",
            Guard::SignedIn => "SignedIn, ",
            Guard::Agency => "Caller, ",
            Guard::Staff => "Staff, ",
        };
        let caller = match self.guard {
            Guard::Public => "",
            Guard::SignedIn => "_: SignedIn, ",
            Guard::Agency => "_: Caller, ",
            Guard::Staff => "_: Staff, ",
        };
        let act = if self.guard == Guard::Staff { "StaffAct::ShowStaff, " } else { "" };
        let parameters = self.parameters();
        let described = parameters.iter().map(|name| {
            format!("Parameter::in_path(\"{name}\", text(\"The {name}\", \"{name}-1\"))")
        });
        let (body, request, of_request, imported) = if self.has_body() {
            ("Body::Json(&[])", REQUEST, "request: Request", "Call, ")
        } else {
            ("Body::None", "", "(): ()", "")
        };
        let (from_call, used) = if self.has_body() {
            ("FromCall, ", "    let Request {} = request;\n")
        } else {
            ("", "")
        };
        let (parameter, text) =
            if parameters.is_empty() { ("", "") } else { ("Parameter, ", ", text") };
        // In rustfmt's order.
        let imported = if self.guard == Guard::Agency && self.has_body() {
            format!("Call, {of_call}{from_call}Function, Reply")
        } else if self.guard == Guard::Agency {
            format!("{of_call}Function, Reply")
        } else {
            format!("{imported}{from_call}Function, Reply, {}", of_call.trim_end_matches(' '))
                .trim_end_matches([',', ' '])
                .to_owned()
        };
        // Authenticating a tenant needs keys and tables. Other kinds need nothing yet.
        let (context, given) = match self.guard {
            Guard::SignedIn => ("use shared::app::App;", "App"),
            Guard::Staff => ("use shared::app::App;\nuse shared::domain::StaffAct;", "App"),
            Guard::Public | Guard::Agency => {
                ("use std::sync::Arc;\n\nuse shared::config::Config;", "Arc<Config>")
            }
        };
        LIBRARY
            .replace("CONTEXT", context)
            .replace("GIVEN", given)
            .replace("SUMMARY", &self.summary())
            .replace("IMPORTED", &imported)
            .replace("PARAMETER", parameter)
            .replace("TEXT", text)
            .replace("STARTER", starter)
            .replace("ACT", act)
            .replace("GROUP", group)
            .replace("METHOD", &self.method.to_lowercase())
            .replace("PATH", &self.path)
            .replace("DESCRIBED", &described.collect::<Vec<_>>().join(", "))
            .replace("BODY", body)
            .replace("REQUEST\n", request)
            .replace("CALLER", caller)
            .replace("OF_IT", of_request)
            .replace("USED\n", used)
    }

    /// The sample event of this operation, made from `sample`, which belongs to one of the same
    /// kind.
    fn event(&self, sample: &str) -> String {
        let path = self.path.replace(['{', '}'], "");
        let route = format!("{} {}", self.method, self.path);
        let lines = sample.lines().filter_map(|line| {
            let (indent, content) = line.split_at(line.len() - line.trim_start().len());
            let (name, _) = content.split_once(": ").unwrap_or((content, ""));
            let value = match name {
                "\"routeKey\"" => route.as_str(),
                "\"rawPath\"" | "\"path\"" => path.as_str(),
                "\"method\"" => self.method.as_str(),
                "\"body\"" if self.has_body() => "{}",
                "\"content-length\"" | "\"body\"" => return None,
                "\"content-type\"" if !self.has_body() => return None,
                "\"isBase64Encoded\"" => return Some(format!("{}{line}", self.path_parameters())),
                _ => return Some(line.to_owned()),
            };
            Some(format!("{indent}{name}: \"{value}\","))
        });
        lines.fold(String::new(), |text, line| text + &line + "\n")
    }

    fn path_parameters(&self) -> String {
        let parameters = self.parameters();
        if parameters.is_empty() {
            return String::new();
        }
        let pairs = parameters.iter().map(|name| format!("\"{name}\": \"{name}\""));
        format!("  \"pathParameters\": {{ {} }},\n", pairs.collect::<Vec<_>>().join(", "))
    }

    /// The template that declares this operation's function.
    fn template(&self) -> &'static str {
        match self.guard {
            Guard::Staff => STAFF,
            Guard::Public | Guard::SignedIn | Guard::Agency => OUTER,
        }
    }

    /// `template` with this operation's function, placed after one of the same kind.
    fn declared_in(&self, template: &str) -> Result<String, Box<dyn Error>> {
        let after = match self.guard {
            Guard::Public => "ShowTermsFunction",
            Guard::SignedIn => "UpdateAccountFunction",
            Guard::Agency => "GetLeaseFunction",
            Guard::Staff => "ShowStaffFunction",
        };
        let missing = || format!("{} lacks {after}", self.template());
        let at = template.find(&format!("\n  {after}:\n")).ok_or_else(missing)?;
        let (_, rest) = template.split_at(at);
        let length = rest.find("\n\n").ok_or_else(missing)? + 2;
        let (before, rest) = template.split_at(at + length);
        Ok(format!("{before}{}\n{rest}", self.resource()))
    }

    fn resource(&self) -> String {
        // A nested stack waits as a whole for the first wave.
        let waits = if self.template() == OUTER { WAITS } else { "" };
        RESOURCE
            .replace("NAME", &logical_name(&self.operation))
            .replace("OPERATION", &self.operation)
            .replace("WAITS\n", waits)
    }
}

const MANIFEST: &str = r#"[package]
name = "OPERATION"
description = "SUMMARY"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lib]
doctest = false

[[bin]]
name = "OPERATION"
path = "src/main.rs"
test = false

[dependencies]
shared.workspace = true
tokio.workspace = true

[lints]
workspace = true
"#;

const MAIN: &str = "\
//! Runs [`MODULE`] as a Lambda function.

#[tokio::main(flavor = \"current_thread\")]
async fn main() -> Result<(), shared::http::Error> {
    shared::http::serve(MODULE::function()).await
}
";

const LIBRARY: &str = r#"//! SUMMARY.

CONTEXT
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, PARAMETERRoute, SuccessTEXT};
use shared::http::{IMPORTED, STARTER};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "What else callers should know.",
    group: Group::GROUP,
    route: Route::METHOD("PATH"),
    parameters: &[DESCRIBED],
    body: BODY,
    successes: &[Success::no_content("It is done")],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    STARTER(&OPERATION, ACThandle)
}

REQUEST
/// Guard, load, decide, write, reply.
async fn handle(_: GIVEN, CALLEROF_IT) -> Result<Reply, Error> {
USED
    Ok(Reply::no_content())
}
"#;

const REQUEST: &str = "\
/// The request.
#[derive(Debug)]
pub struct Request {}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let form = call.form()?;
        form.finish(|| Some(Self {}))
    }
}

";

const RESOURCE: &str = "  NAME:
    Type: AWS::Serverless::Function
WAITS
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: OPERATION } }
    Properties:
      Policies: []
";

const WAITS: &str = "    DependsOn: [GetAccountFunctionAliaslive, LoginFunctionAliaslive, PortalFunctionAliaslive, RefreshSessionFunctionAliaslive]\n";

const OF_STAFF: &str = "\
# What OPERATION may do: `cargo xtask generate` writes it into infra/staff.yaml.
secret: read
tokens:
  GetItem: [staff]
  UpdateItem: [staff]
";

const OF_WHOEVER_IS_SIGNED_IN: &str = "\
# What OPERATION may do: `cargo xtask generate` writes it into template.yaml.
secret: read
tenants:
  GetItem: [tenant]
tokens:
  GetItem: [session]
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    fn new(operation: &str, route: &str) -> New {
        New::read(operation, route).unwrap()
    }

    #[test]
    fn a_malformed_name_or_route_is_refused() {
        for (operation, route) in [
            ("ChangeLanguage", "PUT /api/account/language"),
            ("change-", "PUT /api/account/language"),
            ("", "PUT /api/account/language"),
            ("change-language", "PUT"),
            ("change-language", "put /api/account/language"),
            ("change-language", "PUT /account/language"),
        ] {
            assert!(New::read(operation, route).is_err(), "{operation}, {route}");
        }
        assert!(new("login", "POST /api/sessions").lay_out(root()).is_err(), "it is there");
        let taken = new("end-session", "DELETE /api/sessions/{session}").lay_out(root());
        let taken = taken.unwrap_err().to_string();
        assert_eq!(taken, "DELETE /api/sessions/{session} is the route of revoke-session");
    }

    #[test]
    fn what_the_hook_expects_is_added_in_its_place() {
        let answers = fs::read_to_string(root().join("infra/hook/answers.json")).unwrap();
        let with_ours = new("change-lamp", "PUT /api/account/lamp").answered_in(&answers).unwrap();

        let ours = "  \"change-lamp\": 401,\n  \"change-lease\": 401,\n";
        assert!(with_ours.contains(ours), "{with_ours}");
        assert_eq!(with_ours.replacen("  \"change-lamp\": 401,\n", "", 1), answers);
    }

    #[test]
    fn the_path_decides_who_may_call_the_operation() {
        for (route, starter, argument) in [
            ("PUT /api/account/language", "signed_in(", "_: SignedIn, request: Request"),
            ("GET /api/account/language", "signed_in(", "_: SignedIn, (): ()"),
            ("DELETE /api/agency/notes/{note}", "agency(", "_: Caller, (): ()"),
            ("POST /api/agency/notes", "agency(", "_: Caller, request: Request"),
            ("GET /api/staff/notes", "staff(", "_: Staff, (): ()"),
            ("GET /api/accounts", "public(", "_: Arc<Config>, (): ()"),
            ("GET /api/languages", "public(", "_: Arc<Config>, (): ()"),
        ] {
            let library = new("some-name", route).library();

            assert!(library.contains(&format!("    {starter}&OPERATION, ")), "{library}");
            assert!(library.contains(argument), "{library}");
        }
    }

    #[test]
    fn the_sample_event_has_the_operations_route() {
        let sample = fs::read_to_string(root().join("events/allow-mail.json")).unwrap();

        let event = new("drop-note", "DELETE /api/agency/notes/{note}").event(&sample);

        let event: serde_json::Value = serde_json::from_str(&event).unwrap();
        assert_eq!(event["routeKey"], "DELETE /api/agency/notes/{note}");
        assert_eq!(event["requestContext"]["routeKey"], event["routeKey"]);
        assert_eq!(event["rawPath"], "/api/agency/notes/note");
        assert_eq!(event["requestContext"]["http"]["path"], event["rawPath"]);
        assert_eq!(event["requestContext"]["http"]["method"], "DELETE");
        assert_eq!(event["pathParameters"]["note"], "note");
        assert!(event["body"].is_null() && event["headers"]["content-type"].is_null());
    }

    #[test]
    fn the_function_is_placed_in_the_template_after_one_of_the_same_kind() {
        for (route, sibling, waits) in [
            ("PUT /api/account/language", "UpdateAccountFunction", true),
            ("GET /api/staff/languages", "ShowStaffFunction", false),
        ] {
            let new = new("change-language", route);
            let template = fs::read_to_string(root().join(new.template())).unwrap();

            let declared = new.declared_in(&template).unwrap();

            let at = |name: &str| declared.find(&format!("\n  {name}:\n")).unwrap();
            assert!(at(sibling) < at("ChangeLanguageFunction"));
            let (_, ours) = declared.split_at(at("ChangeLanguageFunction"));
            let (ours, _) = ours.trim_start().split_once("\n\n").unwrap();
            assert!(ours.contains("BuildProperties: { Binary: change-language } }\n"), "{ours}");
            assert_eq!(ours.contains("DependsOn: [GetAccountFunctionAliaslive, "), waits, "{ours}");
            assert!(!ours.contains("WAITS"), "{ours}");
        }
    }
}
