//! What can be wrong with a template.

use std::io;
use std::path::{Path, PathBuf};

use super::cadence::CadenceError;
use super::permissions::PermissionsError;
use super::resolve::ResolveError;
use crate::filter::FilterError;
use crate::route::RouteError;

/// What is wrong with a template, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}{fault}", place(.file.as_deref(), .resource.as_deref()))]
pub struct TemplateError {
    file: Option<PathBuf>,
    resource: Option<String>,
    fault: Fault,
}

impl TemplateError {
    /// The fault of a resource.
    pub(super) fn of(resource: &str, fault: Fault) -> Self {
        Self { file: None, resource: Some(resource.to_owned()), fault }
    }

    /// The same, of the template at `path`.
    pub(super) fn in_file(self, path: &Path) -> Self {
        Self { file: Some(path.to_owned()), ..self }
    }
}

impl From<Fault> for TemplateError {
    /// The fault of a template as a whole.
    fn from(fault: Fault) -> Self {
        Self { file: None, resource: None, fault }
    }
}

/// Where in a template something is wrong.
fn place(file: Option<&Path>, resource: Option<&str>) -> String {
    let file = file.map(|file| format!("{}: ", file.display()));
    let resource = resource.map(|resource| format!("{resource}: "));
    file.into_iter().chain(resource).collect()
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// There is no such file, or it may not be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file is something else.
    #[error("is not YAML: {0}")]
    NotYaml(serde_yaml_ng::Error),
    /// A key of a mapping is no scalar.
    #[error("has a key that is not text")]
    KeyNotText,
    /// A number that JSON cannot write.
    #[error("has a number that JSON has not: {0}")]
    NotJson(serde_yaml_ng::Number),
    /// There is nothing in it.
    #[error("has no Resources")]
    NoResources,
    /// A resource or an event does not say what it is.
    #[error("has no Type")]
    NoType,
    /// Two functions have one name.
    #[error("another function is called {0} too")]
    NamedTwice(String),
    /// What the function may do stands elsewhere.
    #[error("it has a role that the template does not write")]
    RoleElsewhere,
    /// A property has another form.
    #[error("{0}")]
    Malformed(serde_json::Error),
    /// A table has no key.
    #[error("its KeySchema is empty")]
    EmptyKeySchema,
    /// An authorizer that this machine does not know.
    #[error("the authorizer {0} is not known here")]
    Authorizer(String),
    /// A stream has the ARN of one.
    #[error("{0} is not the ARN of a stream")]
    NotStream(String),
    /// A schedule's event is JSON.
    #[error("its Input is not JSON")]
    InputNotJson,
    /// A value cannot be told.
    #[error(transparent)]
    Value(#[from] ResolveError),
    /// A route is none.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A filter pattern is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A schedule does not say how often.
    #[error(transparent)]
    Cadence(#[from] CadenceError),
    /// What a function may do cannot be told.
    #[error(transparent)]
    Permissions(#[from] PermissionsError),
    /// One of these, of a property.
    #[error("{0}: {1}")]
    At(String, Box<Fault>),
}

impl Fault {
    /// The same, of the property `place`.
    pub(super) fn at(self, place: impl Into<String>) -> Self {
        Self::At(place.into(), Box::new(self))
    }
}
