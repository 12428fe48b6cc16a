//! Reading and sweeping the tables.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fields::Fields;
use super::problem::Problem;
use crate::machine::Machine;

#[derive(Deserialize)]
pub(super) struct Wanted {
    table: Option<String>,
    pk: Option<String>,
}

/// The row with a key, in `DynamoDB`'s JSON.
pub(super) async fn find(
    State(machine): State<Arc<Machine>>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let (Some(name), Some(key)) = (wanted.table, wanted.pk) else {
        return Err(Problem::bad_request("give table and pk"));
    };
    let tables = &machine.template.tables;
    let table = tables.iter().find(|table| table.name == name).ok_or_else(|| {
        let names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
        Problem::bad_request(format!("table is one of {}", names.join(", ")))
    })?;
    machine
        .engine
        .find_row(table, &key)
        .map_err(|error| Problem::internal(error.to_string()))?
        .map(Json)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such row"))
}

/// Deletes expired rows now. On AWS, TTL deletes them later.
pub(super) async fn sweep(
    State(machine): State<Arc<Machine>>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.finish()?;
    let mut deleted = 0;
    for table in &machine.template.tables {
        deleted += machine
            .engine
            .sweep(table, machine.clock.now())
            .await
            .map_err(|error| Problem::internal(error.to_string()))?;
    }
    machine.writes.send_replace(());
    Ok(fields.answer(json!({ "deleted": deleted })))
}
