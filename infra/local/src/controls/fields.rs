//! The fields of a request to a control: a JSON object or a form of the page.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;
use serde_json::Value;

use super::problem::Problem;

const LARGEST_BODY: usize = 64 * 1024;

/// The fields of a request.
#[derive(Debug)]
pub(super) struct Fields {
    values: BTreeMap<String, String>,
    from_form: bool,
}

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let from_form = request.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
            value.as_bytes().starts_with(b"application/x-www-form-urlencoded")
        });
        let body = to_bytes(request.into_body(), LARGEST_BODY)
            .await
            .map_err(|_| Problem::bad_request("the body is too large"))?;
        let values = if from_form { of_form(&body) } else { of_json(&body)? };
        Ok(Self { values, from_form })
    }
}

impl Fields {
    /// Takes the field `name`, unless it is missing or empty.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.values.remove(name).filter(|value| !value.is_empty())
    }

    /// Refuses fields that were not taken.
    pub(super) fn finish(&self) -> Result<(), Problem> {
        match self.values.iter().find(|(_, value)| !value.is_empty()) {
            Some((name, _)) => Err(Problem::bad_request(format!("{name} is not known here"))),
            None => Ok(()),
        }
    }

    /// The answer: `result` in JSON, or a redirect to the page for a form.
    pub(super) fn answer(&self, result: impl Serialize) -> Response {
        if self.from_form {
            Redirect::to("/_local").into_response()
        } else {
            Json(result).into_response()
        }
    }
}

fn of_form(body: &Bytes) -> BTreeMap<String, String> {
    form_urlencoded::parse(body).into_owned().collect()
}

fn of_json(body: &Bytes) -> Result<BTreeMap<String, String>, Problem> {
    let malformed = || Problem::bad_request("the body is not an object in JSON");
    let value: Value = if body.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(body).map_err(|_| malformed())?
    };
    let Value::Object(members) = value else {
        return Err(malformed());
    };
    members
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Null => Ok((name, String::new())),
            Value::Bool(_) | Value::Number(_) => Ok((name, value.to_string())),
            _ => Err(Problem::bad_request(format!("{name} is neither text nor a number"))),
        })
        .collect()
}
