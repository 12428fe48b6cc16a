//! Makes streams deliver twice.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::fields::Fields;
use super::problem::Problem;
use crate::machine::Machine;

pub(super) async fn tell(State(machine): State<Arc<Machine>>) -> Json<Value> {
    Json(settings(&machine))
}

/// Sets whether every batch is delivered a second time after it succeeded.
pub(super) async fn set(
    State(machine): State<Arc<Machine>>,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let duplicates = fields.take("duplicates");
    fields.finish()?;
    let duplicates = match duplicates.as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => return Err(Problem::bad_request("duplicates is one of true, false")),
    };
    machine.duplicates.store(duplicates, Ordering::Relaxed);
    Ok(fields.answer(settings(&machine)))
}

fn settings(machine: &Machine) -> Value {
    json!({ "duplicates": machine.duplicates.load(Ordering::Relaxed) })
}
