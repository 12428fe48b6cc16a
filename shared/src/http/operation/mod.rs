//! The description of an operation: one constant in its crate.
//!
//! `cargo xtask generate` makes the OpenAPI document, the tables of the docs and the routes of
//! `cargo lambda watch` from it. The harness of the journeys checks each answer against it. A
//! running function only uses the name.

mod schema;
pub mod words;

use std::fmt;

pub use self::schema::{
    Kind, Member, Schema, Text, free, integer, list, object, one_of, optional, required, text,
    truth,
};
use crate::domain::StaffAct;
use crate::error::Problem;

/// The description of an operation.
#[derive(Debug)]
pub struct Operation {
    /// The name of the operation, its crate, its function and its sample event.
    pub name: &'static str,
    /// What the operation does, in a few words.
    pub summary: &'static str,
    /// What else callers should know.
    pub description: &'static str,
    /// The group in the documentation.
    pub group: Group,
    /// How the operation is called.
    pub route: Route,
    /// The parameters of the path and of the query.
    pub parameters: &'static [Parameter],
    /// The body of the request.
    pub body: Body,
    /// The answers in case of success.
    pub successes: &'static [Success],
    /// The problems of the operation, each with a note on what is special here. Problems that
    /// follow from the guard and the body are only listed if they need a note.
    pub problems: &'static [(Problem, &'static str)],
}

/// The groups of operations, in the order of the documentation.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, strum::EnumIter)]
pub enum Group {
    /// From the form to the active account.
    Registration,
    /// Signing in, staying signed in, signing out.
    Sessions,
    /// A forgotten password or identifier.
    Recovery,
    /// The account of the signed-in tenant.
    Account,
    /// The landlord's systems.
    Agency,
    /// The landlord's staff, in the agency's pages.
    Staff,
    /// Documents for other systems.
    Published,
    /// Operations without a waiting caller.
    Background,
}

impl Group {
    /// Every group, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }
}

/// How an operation is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// By a method and a path of the HTTP API.
    Http {
        /// In upper case.
        method: &'static str,
        /// Parameters are in braces.
        path: &'static str,
    },
    /// By every request that no other route takes.
    Default,
    /// Not over HTTP. The text says what invokes it.
    Event(&'static str),
}

/// `POST /api/sessions`, `$default`, or the text of an event.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { method, path } => write!(f, "{method} {path}"),
            Self::Default => f.write_str("$default"),
            Self::Event(what) => f.write_str(what),
        }
    }
}

impl Route {
    /// `GET path`.
    #[must_use]
    pub const fn get(path: &'static str) -> Self {
        Self::Http { method: "GET", path }
    }

    /// `POST path`.
    #[must_use]
    pub const fn post(path: &'static str) -> Self {
        Self::Http { method: "POST", path }
    }

    /// `PUT path`.
    #[must_use]
    pub const fn put(path: &'static str) -> Self {
        Self::Http { method: "PUT", path }
    }

    /// `PATCH path`.
    #[must_use]
    pub const fn patch(path: &'static str) -> Self {
        Self::Http { method: "PATCH", path }
    }

    /// `DELETE path`.
    #[must_use]
    pub const fn delete(path: &'static str) -> Self {
        Self::Http { method: "DELETE", path }
    }
}

/// A parameter of a path or a query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub schema: Schema,
    /// Whether the parameter is in the path, and so always present, or in the query.
    pub is_in_path: bool,
}

impl Parameter {
    /// A parameter of the path.
    #[must_use]
    pub const fn in_path(name: &'static str, schema: Schema) -> Self {
        Self { name, schema, is_in_path: true }
    }

    /// An optional parameter of the query.
    #[must_use]
    pub const fn in_query(name: &'static str, schema: Schema) -> Self {
        Self { name, schema, is_in_path: false }
    }
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// No body is read.
    None,
    /// A JSON object with these members and no others.
    Json(&'static [Member]),
    /// A file, with its possible media types and an example of each.
    File(&'static [(&'static str, &'static str)]),
    /// As [`File`](Self::File), or no body.
    FileOrNone(&'static [(&'static str, &'static str)]),
}

/// An answer in case of success.
#[derive(Clone, Copy, Debug)]
pub struct Success {
    /// The status.
    pub status: u16,
    /// What the answer means.
    pub when: &'static str,
    /// The body of the answer.
    pub content: Content,
    /// The cookies that it may set.
    pub cookies: &'static [&'static str],
    /// The headers in addition to those of every answer, each with its meaning.
    pub headers: &'static [(&'static str, &'static str)],
}

/// The body of an answer.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Empty.
    None,
    /// JSON.
    Json(Schema),
    /// Text, with its possible media types.
    Text(&'static [&'static str]),
}

impl Success {
    /// 200, with a body.
    #[must_use]
    pub const fn ok(when: &'static str, body: Schema) -> Self {
        Self::of(200, when, Content::Json(body))
    }

    /// 202, with a body.
    #[must_use]
    pub const fn accepted_as(when: &'static str, body: Schema) -> Self {
        Self::of(202, when, Content::Json(body))
    }

    /// 202.
    #[must_use]
    pub const fn accepted(when: &'static str) -> Self {
        Self::of(202, when, Content::None)
    }

    /// 204.
    #[must_use]
    pub const fn no_content(when: &'static str) -> Self {
        Self::of(204, when, Content::None)
    }

    /// The success of an operation without a waiting caller.
    #[must_use]
    pub const fn done(when: &'static str) -> Self {
        Self::of(200, when, Content::None)
    }

    /// Any other answer.
    #[must_use]
    pub const fn of(status: u16, when: &'static str, content: Content) -> Self {
        Self { status, when, content, cookies: &[], headers: &[] }
    }

    /// Adds `cookies` that the answer may set.
    #[must_use]
    pub const fn setting(self, cookies: &'static [&'static str]) -> Self {
        Self { cookies, ..self }
    }

    /// Adds `headers`.
    #[must_use]
    pub const fn with_headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }
}

/// Who may call an operation. This is checked before the request is parsed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Guard {
    /// Anyone.
    Public,
    /// Only our pages, because the operation needs only a cookie.
    SameOrigin,
    /// A tenant with an access token of a live session.
    SignedIn,
    /// A system of the landlord, identified by IAM.
    Agency,
    /// A member of staff who may do this, with a live session; only our pages.
    Staff(StaffAct),
    /// Nobody over HTTP: the operation handles events.
    Event,
}

/// An operation's description, and what follows from the types of its handler.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// The description.
    pub operation: &'static Operation,
    /// Who may call the operation.
    pub guard: Guard,
    /// Whether the operation needs a table or the secret, which can fail.
    pub can_be_unavailable: bool,
    /// Whether the operation hashes passwords and so needs a whole CPU.
    pub hashes: bool,
}

impl Description {
    /// Every problem of the operation, in the order of the statuses, each with its note: those it
    /// lists, and those that follow from its guard, its body and its context.
    #[must_use]
    pub fn problems(&self) -> Vec<(Problem, &'static str)> {
        let is_own = |problem| self.operation.problems.iter().any(|(own, _)| *own == problem);
        let mut problems = self.operation.problems.to_vec();
        let implied = Problem::all().filter(|problem| self.implies(*problem) && !is_own(*problem));
        problems.extend(implied.map(|problem| (problem, "")));
        problems.sort_by_key(|(problem, _)| *problem);
        problems
    }

    fn implies(&self, problem: Problem) -> bool {
        match problem {
            Problem::InvalidFields => matches!(self.operation.body, Body::Json(_)),
            // A file is malformed where the event says that it is Base64 and it is not.
            Problem::MalformedBody | Problem::PayloadTooLarge | Problem::UnsupportedMediaType => {
                !matches!(self.operation.body, Body::None)
            }
            Problem::Unauthenticated => {
                matches!(self.guard, Guard::SignedIn | Guard::Staff(_))
            }
            Problem::Forbidden => {
                matches!(self.guard, Guard::SameOrigin | Guard::Agency | Guard::Staff(_))
            }
            Problem::Unavailable => self.can_be_unavailable && self.guard != Guard::Event,
            _ => false,
        }
    }
}
