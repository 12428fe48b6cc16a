//! Checks every call of a journey against the OpenAPI document (`docs/openapi.json`).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};
use std::{fmt, fs};

use jsonschema::Validator;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::Answer;

/// The media type of JSON.
const JSON: &str = "application/json";
/// The media type of a problem.
const PROBLEM: &str = "application/problem+json";

/// The document, read once.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let text = fs::read_to_string(&path).expect("docs/openapi.json");
    let mut document = serde_json::from_str(&text).expect("docs/openapi.json");
    close(&mut document);
    document
});

/// Every operation of the document.
static OPERATIONS: LazyLock<Vec<Documented>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").iter();
        methods.map(move |(method, said)| Documented::new(method, path, said))
    });
    operations.collect()
});

/// An operation of the document.
#[derive(Debug)]
pub struct Documented {
    /// The operation's name, such as `change-email`.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with parameters in braces.
    path: &'static str,
    said: &'static Value,
    /// The validator of request bodies, made at first use.
    request: OnceLock<Option<Validator>>,
    answers: BTreeMap<&'static str, OnceLock<Validator>>,
}

/// A call that was sent.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) media_type: String,
    pub(crate) body: Vec<u8>,
}

/// Every operation of the document.
pub fn documented() -> &'static [Documented] {
    &OPERATIONS
}

/// The name of the operation that answered a call, and the code of the problem or the status.
pub(crate) type Shown = (&'static str, String);

/// Checks that the document has this `answer` to the call `asked`, and the call itself if it
/// succeeded.
#[track_caller]
pub(crate) fn check(asked: &Asked, answer: &Answer) -> Shown {
    let Some(operation) = Documented::find(&asked.method, &asked.path) else {
        return check_page(asked, answer);
    };
    let Asked { method, path, .. } = asked;
    if answer.is_the_gateways() {
        return (operation.name, format!("{} of the gateway", answer.status.as_u16()));
    }
    let status = answer.status;
    let said = operation.answer(status);
    let said = said.unwrap_or_else(|| panic!("{method} {path} answers {status}: {UNDOCUMENTED}"));
    for (name, header) in said["headers"].as_object().into_iter().flatten() {
        let is_required = resolved(header)["required"] == true;
        assert!(!is_required || !answer.header(name).is_empty(), "{method} {path}: no {name}");
    }
    let media_type = answer.header("content-type").split(';').next().unwrap_or_default();
    let Some(content) = said["content"].as_object() else {
        assert_eq!(answer.body, "", "{method} {path} answers {status} with a body: {UNDOCUMENTED}");
        return (operation.name, status.as_u16().to_string());
    };
    let content = content.get(media_type);
    let content = content.unwrap_or_else(|| {
        panic!("{method} {path} answers {status} in {media_type}: {UNDOCUMENTED}")
    });
    let code = answer.json["code"].as_str().unwrap_or_default();
    let is_known = media_type != PROBLEM || !content["examples"][code].is_null();
    assert!(is_known, "{method} {path} answers {status}, {code}: {UNDOCUMENTED}");
    let validator =
        operation.answers[status.as_str()].get_or_init(|| validator(&content["schema"]));
    expect_valid(validator, &answer.json, || format!("{method} {path} answers {status}"));
    if status.is_success() {
        operation.check_request(asked);
        return (operation.name, status.as_u16().to_string());
    }
    (operation.name, code.to_owned())
}

/// The advice for an answer that the document does not have.
const UNDOCUMENTED: &str = "docs/openapi.json does not have it; the operation says it of itself, and `cargo xtask generate` \
     writes it there";

/// Checks a call that no operation of the document takes: it is for a page.
#[track_caller]
fn check_page(Asked { method, path, .. }: &Asked, answer: &Answer) -> Shown {
    let status = answer.status.as_u16();
    let code = answer.json["code"].as_str();
    let is_problem = answer.header("content-type") == PROBLEM;
    let known = matches!((status, code), (200 | 303 | 304 | 404, None) | (404, Some("not_found")));
    assert!(known || answer.is_the_gateways(), "{method} {path} answers {status}: {}", answer.body);
    let shown = code.filter(|_| is_problem).map_or_else(|| status.to_string(), str::to_owned);
    ("portal", shown)
}

impl Answer {
    /// Whether API Gateway itself refused the call.
    fn is_the_gateways(&self) -> bool {
        self.status == StatusCode::FORBIDDEN && self.json == json!({"message": "Forbidden"})
    }
}

impl Documented {
    fn new(method: &str, path: &'static str, said: &'static Value) -> Self {
        let answers = said["responses"].as_object().expect("responses").keys();
        Self {
            name: said["operationId"].as_str().expect("an operation's name"),
            method: method.to_uppercase().parse().expect("a method"),
            path,
            said,
            request: OnceLock::new(),
            answers: answers.map(|status| (status.as_str(), OnceLock::new())).collect(),
        }
    }

    /// Whether its callers show an access token.
    pub(crate) fn needs_access_token(&self) -> bool {
        !self.said["security"][0]["access_token"].is_null()
    }

    /// The operation for `method` and `path`. A literal path comes before one with a parameter.
    fn find(method: &Method, path: &str) -> Option<&'static Self> {
        let mut taking: Vec<&Self> = OPERATIONS
            .iter()
            .filter(|operation| operation.method == *method && operation.takes(path))
            .collect();
        taking.sort_by_key(|operation| operation.path.matches('{').count());
        taking.into_iter().next()
    }

    fn takes(&self, path: &str) -> bool {
        let (own, sent) = (self.path.split('/'), path.split('/'));
        own.clone().count() == sent.clone().count()
            && own.zip(sent).all(|(own, sent)| own == sent || own.starts_with('{'))
    }

    /// Whether the security scheme `name` (`access_token`, `session`, `iam`) protects the
    /// operation.
    pub fn is_guarded_by(&self, name: &str) -> bool {
        let mut ways = self.said["security"].as_array().into_iter().flatten();
        ways.any(|way| way.get(name).is_some())
    }

    /// The path with the examples of its parameters.
    pub fn example_path(&self) -> String {
        let parameters = self.said["parameters"].as_array().into_iter().flatten();
        parameters.filter(|parameter| parameter["in"] == "path").fold(
            self.path.to_owned(),
            |path, parameter| {
                let name = format!("{{{}}}", parameter["name"].as_str().unwrap_or_default());
                path.replace(&name, parameter["example"].as_str().unwrap_or_default())
            },
        )
    }

    /// Whether the operation reads a JSON body.
    pub fn reads_json(&self) -> bool {
        self.said["requestBody"]["content"].get(JSON).is_some()
    }

    /// The members of the JSON body, each with whether it is required.
    pub fn members(&self) -> Vec<(&'static str, bool)> {
        let schema = &self.said["requestBody"]["content"][JSON]["schema"];
        let required = schema["required"].as_array();
        let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|it| it == name));
        let members = schema["properties"].as_object().into_iter().flatten();
        members.map(|(name, _)| (name.as_str(), is_required(name))).collect()
    }

    /// Whether the operation may answer with the problem `code`.
    pub fn may_answer(&self, code: &str) -> bool {
        let answers = self.said["responses"].as_object().into_iter().flatten();
        answers
            .map(|(_, answer)| resolved(answer))
            .any(|answer| !answer["content"][PROBLEM]["examples"][code].is_null())
    }

    /// The documented answer with this status.
    fn answer(&self, status: StatusCode) -> Option<&'static Value> {
        self.said["responses"].get(status.as_str()).map(resolved)
    }

    #[track_caller]
    fn check_request(&self, asked: &Asked) {
        if !self.reads_json() {
            let kinds = self.said["requestBody"]["content"].as_object();
            let is_left_out =
                asked.body.is_empty() && self.said["requestBody"]["required"] == false;
            let documented =
                is_left_out || kinds.is_none_or(|kinds| kinds.contains_key(&asked.media_type));
            assert!(documented, "{self}: a body in {} is taken: {UNDOCUMENTED}", asked.media_type);
            return;
        }
        let schema = &self.said["requestBody"]["content"][JSON]["schema"];
        let validator = self.request.get_or_init(|| Some(validator(schema)));
        let body = serde_json::from_slice(&asked.body).expect("a body in JSON");
        if let Some(validator) = validator {
            expect_valid(validator, &body, || format!("{self} takes"));
        }
    }
}

impl fmt::Display for Documented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The value of `said`, following a reference to a component.
fn resolved(said: &'static Value) -> &'static Value {
    let Some(reference) = said["$ref"].as_str() else {
        return said;
    };
    let pointer = reference.trim_start_matches('#');
    DOCUMENT.pointer(pointer).unwrap_or_else(|| panic!("{reference} is nowhere"))
}

/// A validator for `schema` of the document.
fn validator(schema: &Value) -> Validator {
    let whole = json!({"allOf": [schema], "components": DOCUMENT["components"]});
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&whole).unwrap_or_else(|error| panic!("{schema:#}: {error}"))
}

#[track_caller]
fn expect_valid(validator: &Validator, value: &Value, what: impl Fn() -> String) {
    let errors = validator.iter_errors(value);
    let errors: Vec<String> =
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{} {value:#}\n{}\n{UNDOCUMENTED}", what(), errors.join("\n"));
}

/// Forbids unknown members in every object of `document`. Clients must accept them, but everything
/// that we send must be documented.
fn close(document: &mut Value) {
    match document {
        Value::Object(members) => {
            let is_open = !members.contains_key("additionalProperties");
            if members.get("type").is_some_and(|kind| *kind == "object" || kind.is_array())
                && members.contains_key("properties")
                && is_open
            {
                members.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}
