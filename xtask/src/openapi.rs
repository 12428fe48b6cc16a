//! The OpenAPI 3.1 document of the API, made from the descriptions of the operations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::domain::{EndOfSession, FieldCode, Language};
use shared::error::{Error, FieldError, Problem};
use shared::http::operation::{
    Body, Content, Description, Group, Guard, Parameter, Route, Success,
};
use shared::http::problem;

use crate::schema::{Schemas, Side, example, example_of, json_schema, object};

/// The description of the whole API.
const ABOUT: &str = "\
Tenant accounts for a landlord’s extranet. Bodies are JSON, of at most 16 KiB; only files of leases \
may be larger, and in other formats. A request with a member that is not documented is refused. A \
client must accept members of an answer that are not documented yet. Times are RFC 3339 in UTC, \
dates ISO 8601.

Every failure is a problem (RFC 9457), identified by its `code`. `title`, `detail` and `message` are \
in the language of `Accept-Language`, French by default. API Gateway itself refuses calls without \
the needed signature, calls beyond its rate, and bodies beyond its size, with a `message` and \
without a problem.";

/// The document. Its members are in reading order.
#[derive(Serialize)]
struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    tags: Value,
    paths: BTreeMap<&'static str, BTreeMap<String, Value>>,
    components: Value,
}

/// The components that operations refer to.
#[derive(Default)]
struct Components {
    schemas: Schemas,
    /// The problems that are a whole answer of some operation.
    refusals: BTreeSet<Problem>,
}

/// The document of the API of `descriptions`.
///
/// # Errors
///
/// When the document cannot be written as JSON.
pub(crate) fn document(descriptions: &[Description]) -> Result<String, serde_json::Error> {
    let mut components = Components::default();
    components.schemas.insert("Problem", problem_schema());
    let mut paths: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for description in descriptions {
        if let Route::Http { method, path } = description.operation.route {
            let operation = operation(description, &mut components);
            paths.entry(path).or_default().insert(method.to_lowercase(), operation);
        }
    }
    let document = Document {
        openapi: "3.1.0",
        info: json!({
            "title": "Espace locataire",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
            "contact": {"name": "The landlord"},
        }),
        servers: json!([{"url": "/", "description": "Where this document is served"}]),
        tags: tags(descriptions),
        paths,
        components: json!({
            "securitySchemes": security_schemes(),
            "headers": headers(),
            "responses": refusals(&components.refusals),
            "parameters": {"AcceptLanguage": accept_language()},
            "examples": examples(),
            "schemas": components.schemas,
        }),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The groups with HTTP operations.
fn tags(descriptions: &[Description]) -> Value {
    let is_used = |group: &Group| {
        let mut operations = descriptions.iter().map(|description| description.operation);
        operations.any(|it| it.group == *group && matches!(it.route, Route::Http { .. }))
    };
    let tag = |group: Group| json!({"name": tag(group), "description": about(group)});
    Group::all().filter(is_used).map(tag).collect()
}

fn tag(group: Group) -> &'static str {
    match group {
        Group::Registration => "registration",
        Group::Sessions => "sessions",
        Group::Recovery => "recovery",
        Group::Account => "account",
        Group::Agency => "agency",
        Group::Staff => "staff",
        Group::Published => "published",
        Group::Background => "background",
    }
}

fn about(group: Group) -> &'static str {
    match group {
        Group::Registration => "From the form to the active account",
        Group::Sessions => "Signing in, staying signed in, signing out",
        Group::Recovery => "Recovery of a forgotten password or identifier",
        Group::Account => "The account of the signed-in tenant",
        Group::Agency => "The landlord’s systems",
        Group::Staff => "The landlord’s staff, in the agency’s pages",
        Group::Published => "Documents for other systems",
        Group::Background => "Background jobs",
    }
}

fn operation(description: &Description, components: &mut Components) -> Value {
    let operation = description.operation;
    let own = operation.parameters.iter().map(|own| parameter(own, components));
    let language = json!({"$ref": "#/components/parameters/AcceptLanguage"});
    let parameters: Vec<Value> = own.chain([language]).collect();
    let mut value = json!({
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [tag(operation.group)],
        "security": security(description.guard),
        "parameters": parameters,
        "responses": responses(description, components),
    });
    if let (Some(body), Some(value)) = (request(operation.body, components), value.as_object_mut())
    {
        value.insert("requestBody".to_owned(), body);
    }
    value
}

fn parameter(parameter: &Parameter, components: &mut Components) -> Value {
    json!({
        "name": parameter.name,
        "in": if parameter.is_in_path { "path" } else { "query" },
        "required": parameter.is_in_path,
        "description": parameter.schema.doc,
        "schema": json_schema(&parameter.schema, Side::Request, &mut components.schemas),
        "example": example(&parameter.schema),
    })
}

fn request(body: Body, components: &mut Components) -> Option<Value> {
    let content = match body {
        Body::None => return None,
        Body::Json(members) => json!({
            "application/json": {
                "schema": object(members, Side::Request, &mut components.schemas),
                "example": example_of(members),
            },
        }),
        Body::File(kinds) | Body::FileOrNone(kinds) => kinds
            .iter()
            .map(|(media_type, example)| {
                let file = json!({"schema": {"type": "string"}, "example": example});
                ((*media_type).to_owned(), file)
            })
            .collect(),
    };
    let is_required = !matches!(body, Body::FileOrNone(_));
    Some(json!({"required": is_required, "content": content}))
}

fn responses(description: &Description, components: &mut Components) -> Value {
    let mut responses = Map::new();
    for success in description.operation.successes {
        responses.insert(success.status.to_string(), answer(success, components));
    }
    let mut problems: BTreeMap<u16, Vec<(Problem, &str)>> = BTreeMap::new();
    for (problem, particular) in description.problems() {
        problems.entry(problem::status(problem)).or_default().push((problem, particular));
    }
    for (status, problems) in problems {
        responses.insert(status.to_string(), refusal(&problems, components));
    }
    if description.guard == Guard::Agency {
        responses.insert("403".to_owned(), refusal_by_iam());
    }
    responses.into()
}

/// How API Gateway itself refuses a call that IAM does not allow.
fn refusal_by_iam() -> Value {
    json!({
        "description": "The signature is missing, or IAM does not allow the call: API Gateway \
                        answers, without a problem and without `X-Request-Id`",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["message"],
                    "properties": {
                        "message": {"type": "string", "description": "What API Gateway says"},
                    },
                },
                "example": {"message": "Forbidden"},
            },
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {"forbidden": {"$ref": "#/components/examples/forbidden"}},
            },
        },
    })
}

fn answer(success: &Success, components: &mut Components) -> Value {
    let mut headers = Map::from_iter([request_id()]);
    if !success.cookies.is_empty() {
        let cookies: Vec<String> =
            success.cookies.iter().map(|cookie| format!("`{cookie}`")).collect();
        let description = format!("May set {}", cookies.join(", "));
        let header = json!({"description": description, "schema": {"type": "string"}});
        headers.insert("Set-Cookie".to_owned(), header);
    }
    for (name, description) in success.headers {
        let header = json!({
            "description": description, "required": true, "schema": {"type": "string"},
        });
        headers.insert((*name).to_owned(), header);
    }
    let mut value = json!({"description": success.when, "headers": headers});
    let content = match success.content {
        Content::None => return value,
        Content::Json(schema) => json!({
            "application/json": {
                "schema": json_schema(&schema, Side::Answer, &mut components.schemas),
                "example": example(&schema),
            },
        }),
        Content::Text(media_types) => media_types
            .iter()
            .map(|media_type| ((*media_type).to_owned(), json!({"schema": {"type": "string"}})))
            .collect(),
    };
    if let Some(value) = value.as_object_mut() {
        value.insert("content".to_owned(), content);
    }
    value
}

/// The answers for `problems` without a note.
fn refusals(problems: &BTreeSet<Problem>) -> Value {
    let one = |problem: &Problem| (problem.code().to_owned(), refusal_of(&[(*problem, "")]));
    problems.iter().map(one).collect()
}

/// The answer of one status, which is one of `problems`.
fn refusal(problems: &[(Problem, &str)], components: &mut Components) -> Value {
    match problems {
        [(problem, "")] => {
            components.refusals.insert(*problem);
            json!({"$ref": format!("#/components/responses/{}", problem.code())})
        }
        problems => refusal_of(problems),
    }
}

fn refusal_of(problems: &[(Problem, &str)]) -> Value {
    let mut headers = Map::from_iter([request_id()]);
    let mut described = String::new();
    let mut examples = Map::new();
    for (problem, particular) in problems {
        let code = problem.code();
        let separator = if described.is_empty() { "" } else { ". " };
        let title = problem::title(*problem, Language::English);
        let _ = write!(described, "{separator}{title} (`{code}`)");
        if !particular.is_empty() {
            let _ = write!(described, ": {}", uncapitalised(particular));
        }
        let reference = json!({"$ref": format!("#/components/examples/{code}")});
        examples.insert(code.to_owned(), reference);
        let error = sample(*problem);
        if error.retry_after_s().is_some() {
            headers.insert("Retry-After".to_owned(), reference_to_header("RetryAfter"));
        }
        if problem::status(*problem) == 401 {
            headers.insert("WWW-Authenticate".to_owned(), reference_to_header("Authenticate"));
        }
    }
    json!({
        "description": described,
        "headers": headers,
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": examples,
            },
        },
    })
}

fn uncapitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(chars).collect()
}

fn request_id() -> (String, Value) {
    ("X-Request-Id".to_owned(), reference_to_header("RequestId"))
}

fn reference_to_header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn security(guard: Guard) -> Value {
    match guard {
        Guard::Public | Guard::Event => json!([]),
        Guard::SameOrigin => json!([{"session": []}]),
        Guard::SignedIn => json!([{"access_token": []}]),
        Guard::Agency => json!([{"iam": []}]),
        Guard::Staff(_) => json!([{"staff": []}]),
    }
}

fn security_schemes() -> Value {
    json!({
        "access_token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token that `login` or `refresh-session` gave",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": shared::http::cookies::SESSION,
            "description": "The cookie that `login` set, sent by a page of the same origin: \
                            `Sec-Fetch-Site: same-origin`, or an `Origin` that is the host",
        },
        "staff": {
            "type": "apiKey",
            "in": "cookie",
            "name": shared::http::cookies::STAFF,
            "description": "The cookie that `staff-callback` set, sent by a page of the same origin",
        },
        "iam": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "A signature of AWS (SigV4, service `execute-api`); API Gateway asks IAM",
        },
    })
}

fn headers() -> Value {
    json!({
        "RequestId": {
            "description": "Names the request in the log",
            "required": true,
            "schema": {"type": "string"},
        },
        "RetryAfter": {
            "description": "After how many seconds it is worth trying again",
            "required": true,
            "schema": {"type": "integer", "minimum": 1},
        },
        "Authenticate": {
            "description": "How one may authenticate (RFC 9110, 11.6.1)",
            "required": true,
            "schema": {"type": "string"},
        },
    })
}

fn accept_language() -> Value {
    json!({
        "name": "Accept-Language",
        "in": "header",
        "required": false,
        "description": "The language of the texts in problems, and of what the answer causes: French \
                        or English, French by default",
        "schema": {"type": "string"},
        "example": "en",
    })
}

/// An example of each problem.
fn examples() -> Value {
    let example = |problem: Problem| {
        let value = problem::body(&sample(problem), Language::English);
        let summary = problem::title(problem, Language::English);
        (problem.code().to_owned(), json!({"summary": summary, "value": value}))
    };
    Problem::all().map(example).collect()
}

/// An error that clients see as `problem`.
fn sample(problem: Problem) -> Error {
    match problem {
        Problem::MalformedBody => Error::MalformedBody,
        Problem::LinkInvalid => Error::LinkInvalid,
        Problem::BadCredentials => Error::BadCredentials,
        Problem::Unauthenticated => Error::Unauthenticated,
        Problem::Forbidden => Error::Forbidden,
        Problem::NotFound => Error::NotFound,
        Problem::HouseholdAlreadyRegistered => Error::HouseholdAlreadyRegistered,
        Problem::EmailAlreadyUsed => Error::EmailAlreadyUsed,
        Problem::PreviewOutdated => Error::PreviewOutdated,
        Problem::TooManyEndings => Error::TooManyEndings { ending: 12, of: 180 },
        Problem::AlreadySettled => Error::AlreadySettled,
        Problem::LinkExpired => Error::LinkExpired,
        Problem::LinkUsed => Error::LinkUsed,
        Problem::PayloadTooLarge => Error::PayloadTooLarge,
        Problem::UnsupportedMediaType => Error::UnsupportedMediaType,
        Problem::InvalidFields => {
            let fault = |field: &str, code| FieldError { field: field.to_owned(), code };
            Error::InvalidFields(vec![
                fault("email", FieldCode::InvalidEmail),
                fault("password", FieldCode::PasswordTooShort(8)),
            ])
        }
        Problem::LeaseNotRecognised => Error::LeaseNotRecognised,
        Problem::TooManyAttempts => Error::TooManyAttempts(SignedDuration::from_mins(10)),
        Problem::Unavailable => Error::Unavailable("a table".into()),
    }
}

fn problem_schema() -> Value {
    let codes: Vec<&str> = Problem::all().map(Problem::code).collect();
    let text = |description: &str| json!({"type": "string", "description": description});
    let number =
        |description: &str| json!({"type": "integer", "minimum": 0, "description": description});
    json!({
        "type": "object",
        "description": "What failed, and what to do about it (RFC 9457)",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": text("`urn:problem:` and the code"),
            "title": text("The kind of problem, in a few words"),
            "status": number("The status of the answer"),
            "detail": text("What failed and what to do about it"),
            "code": {
                "type": "string",
                "enum": codes,
                "description": "What problems are told apart by",
            },
            "errors": {
                "type": "array",
                "description": "Of `invalid_fields`: what is wrong with each field",
                "items": {
                    "type": "object",
                    "required": ["field", "code", "message"],
                    "properties": {
                        "field": text("The name of the field"),
                        "code": {
                            "type": "string",
                            "enum": FieldCode::codes(),
                            "description": "What faults are told apart by",
                        },
                        "message": text("What is wrong and what to do about it"),
                    },
                },
            },
            "reason": {
                "type": "string",
                "enum": EndOfSession::ALL,
                "description": "Of `unauthenticated`, where a session has ended: why",
            },
            "ending": number("Of `too_many_endings`: how many accounts would end"),
            "accounts": number("Of `too_many_endings`: how many there are in the file"),
        },
    })
}
