//! Showing and moving the clock.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::fields::Fields;
use super::problem::Problem;
use crate::clock::advanced;
use crate::machine::Machine;

pub(super) async fn tell(State(machine): State<Arc<Machine>>) -> Json<Value> {
    Json(now(&machine))
}

pub(super) async fn change(
    State(machine): State<Arc<Machine>>,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let (advance, to) = (fields.take("advance"), fields.take("now"));
    fields.finish()?;
    let clock = &machine.clock;
    let moved = match (advance, to) {
        (Some(duration), None) => {
            let target = advanced(clock.precise_now(), &duration)
                .map_err(|error| Problem::bad_request(error.to_string()))?;
            clock.move_to(target)
        }
        (None, Some(now)) if now == "system" => clock.reset(),
        (None, Some(now)) => clock.move_to(parse(&now)?),
        _ => return Err(Problem::bad_request("give either advance or now")),
    };
    moved.map_err(|error| Problem::internal(format!("the clock cannot be kept: {error}")))?;
    Ok(fields.answer(now(&machine)))
}

/// Reads an RFC 3339 instant.
fn parse(now: &str) -> Result<Timestamp, Problem> {
    now.parse().map_err(|_| {
        Problem::bad_request("now is not an RFC 3339 instant such as 2027-01-31T09:00:00Z")
    })
}

fn now(machine: &Machine) -> Value {
    json!({ "now": machine.clock.now().to_string() })
}
