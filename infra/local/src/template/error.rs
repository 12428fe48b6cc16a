//! The faults of a template.

use std::path::{Path, PathBuf};

use super::cadence::CadenceError;
use super::document::DocumentError;
use super::permissions::PermissionsError;
use super::resolve::ResolveError;
use crate::filter::FilterError;
use crate::route::RouteError;

/// A fault of a template, and its place.
#[derive(Debug, thiserror::Error)]
#[error("{}{fault}", place(.file.as_deref(), .resource.as_deref()))]
pub struct TemplateError {
    file: Option<PathBuf>,
    resource: Option<String>,
    fault: Fault,
}

impl TemplateError {
    pub(super) fn of(resource: &str, fault: Fault) -> Self {
        Self { file: None, resource: Some(resource.to_owned()), fault }
    }

    /// The same fault, in the template at `path` unless it is known to be in another.
    pub(super) fn in_file(self, path: &Path) -> Self {
        Self { file: self.file.or_else(|| Some(path.to_owned())), ..self }
    }
}

impl From<Fault> for TemplateError {
    /// The fault of a template as a whole.
    fn from(fault: Fault) -> Self {
        Self { file: None, resource: None, fault }
    }
}

/// The place of a fault in a template.
fn place(file: Option<&Path>, resource: Option<&str>) -> String {
    let file = file.map(|file| format!("{}: ", file.display()));
    let resource = resource.map(|resource| format!("{resource}: "));
    file.into_iter().chain(resource).collect()
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The template cannot be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The template has no resources.
    #[error("has no Resources")]
    NoResources,
    /// A resource or an event has no type.
    #[error("has no Type")]
    NoType,
    /// Two functions have the same name.
    #[error("another function is called {0} too")]
    NamedTwice(String),
    /// The function has a role that is not in the template.
    #[error("it has a role that the template does not write")]
    RoleElsewhere,
    /// A property has the wrong form.
    #[error("{0}")]
    Malformed(serde_json::Error),
    /// A table has no key.
    #[error("its KeySchema is empty")]
    EmptyKeySchema,
    /// A route of the API's document leads to no function.
    #[error("its integration names no function")]
    NoFunction,
    /// The authorizer is not supported.
    #[error("the authorizer {0} is not known here")]
    Authorizer(String),
    /// The ARN is not that of a stream.
    #[error("{0} is not the ARN of a stream")]
    NotStream(String),
    /// The input of a schedule is not JSON.
    #[error("its Input is not JSON")]
    InputNotJson,
    /// A value cannot be resolved.
    #[error(transparent)]
    Value(#[from] ResolveError),
    /// A route is invalid.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A filter pattern is not supported.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The expression of a schedule is not supported.
    #[error(transparent)]
    Cadence(#[from] CadenceError),
    /// The permissions of a function are not supported.
    #[error(transparent)]
    Permissions(#[from] PermissionsError),
    /// A fault of a property.
    #[error("{0}: {1}")]
    At(String, Box<Fault>),
}

impl Fault {
    /// The same fault, in the property `place`.
    pub(super) fn at(self, place: impl Into<String>) -> Self {
        Self::At(place.into(), Box::new(self))
    }
}
