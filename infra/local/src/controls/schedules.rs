//! Running a scheduled job now.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::fields::Fields;
use super::problem::Problem;
use crate::machine::Machine;
use crate::schedules;

pub(super) async fn run(
    State(machine): State<Arc<Machine>>,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.finish()?;
    let schedule = machine
        .template
        .schedules
        .iter()
        .find(|schedule| schedule.function == name)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such job"))?;
    let returned = schedules::invoke(&machine, schedule, machine.clock.now())
        .await
        .map_err(|failure| Problem::internal(failure.to_string()))?;
    Ok(fields.answer(returned))
}
