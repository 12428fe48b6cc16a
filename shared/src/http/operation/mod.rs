//! What an operation says of itself, once.
//!
//! `cargo xtask generate` makes of it the document of the API, the tables of the docs, the routes of
//! `cargo lambda watch`; the harness of the journeys holds each answer against it. Of all this only
//! the name is looked at while a function runs.

mod schema;
pub mod words;

use std::fmt;

pub use self::schema::{
    Kind, Member, Schema, Text, free, integer, list, object, one_of, optional, required, text,
    truth,
};
use crate::error::Problem;

/// What an operation says of itself.
#[derive(Debug)]
pub struct Operation {
    /// Its name: of its crate, its function, its sample event.
    pub name: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What its callers should know beside that.
    pub description: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// How it is reached.
    pub route: Route,
    /// What its route and its query hold.
    pub parameters: &'static [Parameter],
    /// What its body is.
    pub body: Body,
    /// How it answers when it succeeds.
    pub successes: &'static [Success],
    /// The problems it answers with, each with what is particular here. Those that follow from its
    /// guard and its body go without saying, unless something is particular.
    pub problems: &'static [(Problem, &'static str)],
}

/// What operations have in common, in the order in which they are shown.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, strum::EnumIter)]
pub enum Group {
    /// From the form to the active account.
    Registration,
    /// Signing in, staying signed in, signing out.
    Sessions,
    /// What was forgotten.
    Recovery,
    /// The account of whoever is signed in.
    Account,
    /// The landlord's systems and staff.
    Agency,
    /// What other systems read.
    Published,
    /// What no caller waits for.
    Background,
}

impl Group {
    /// Every group, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }
}

/// How an operation is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// By a method and a path of the HTTP API.
    Http {
        /// In upper case.
        method: &'static str,
        /// With its parameters in braces.
        path: &'static str,
    },
    /// By whatever no other operation's route takes.
    Default,
    /// Not over HTTP; by what, in words.
    Event(&'static str),
}

/// `POST /api/sessions`, `$default`, or what wakes it.
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

/// Something that a route or a query holds.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub schema: Schema,
    /// Whether it stands in the path, and so is always there; else in the query.
    pub is_in_path: bool,
}

impl Parameter {
    /// One of the path.
    #[must_use]
    pub const fn in_path(name: &'static str, schema: Schema) -> Self {
        Self { name, schema, is_in_path: true }
    }

    /// One of the query, which may be left out.
    #[must_use]
    pub const fn in_query(name: &'static str, schema: Schema) -> Self {
        Self { name, schema, is_in_path: false }
    }
}

/// What the body of a request is.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Nothing is read.
    None,
    /// A JSON object of these members and no other.
    Json(&'static [Member]),
    /// A file: its possible media types, each with an example.
    File(&'static [(&'static str, &'static str)]),
}

/// How an operation answers when it succeeds.
#[derive(Clone, Copy, Debug)]
pub struct Success {
    /// The status.
    pub status: u16,
    /// What it says.
    pub when: &'static str,
    /// What its body is.
    pub content: Content,
    /// The cookies it may set.
    pub cookies: &'static [&'static str],
    /// The headers it has beside those of every answer, each with what it says.
    pub headers: &'static [(&'static str, &'static str)],
}

/// What the body of an answer is.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Empty.
    None,
    /// JSON.
    Json(Schema),
    /// Text of these media types.
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

    /// What no caller waits for is done.
    #[must_use]
    pub const fn done(when: &'static str) -> Self {
        Self::of(200, when, Content::None)
    }

    /// One of another kind.
    #[must_use]
    pub const fn of(status: u16, when: &'static str, content: Content) -> Self {
        Self { status, when, content, cookies: &[], headers: &[] }
    }

    /// And may set `cookies`.
    #[must_use]
    pub const fn setting(self, cookies: &'static [&'static str]) -> Self {
        Self { cookies, ..self }
    }

    /// And has `headers`.
    #[must_use]
    pub const fn with_headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }
}

/// Who may call an operation. What starts the operation sees to it, before the request is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Guard {
    /// Anyone.
    Public,
    /// A page of ours: what acts on a cookie alone.
    SameOrigin,
    /// A tenant with an access token whose session is live.
    SignedIn,
    /// A system of the landlord's that IAM knows.
    Agency,
    /// Nobody over HTTP.
    Event,
}

/// An operation as it is started: what it says of itself, and what follows from its types.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// What it says of itself.
    pub operation: &'static Operation,
    /// Who may call it.
    pub guard: Guard,
    /// Whether it needs what can fail: a table, the secret.
    pub can_be_unavailable: bool,
    /// Whether it hashes passwords, and so needs a whole CPU.
    pub hashes: bool,
}

impl Description {
    /// Every problem it answers with, in the order of their statuses, each with what is particular
    /// here: its own, and those that follow from its guard, its body and what it needs.
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
            Problem::MalformedBody | Problem::InvalidFields => {
                matches!(self.operation.body, Body::Json(_))
            }
            Problem::PayloadTooLarge | Problem::UnsupportedMediaType => {
                !matches!(self.operation.body, Body::None)
            }
            Problem::Unauthenticated => self.guard == Guard::SignedIn,
            Problem::Forbidden => matches!(self.guard, Guard::SameOrigin | Guard::Agency),
            Problem::Unavailable => self.can_be_unavailable && self.guard != Guard::Event,
            _ => false,
        }
    }
}
