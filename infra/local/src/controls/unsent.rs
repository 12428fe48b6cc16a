//! How many mails wait to be sent.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::problem::Problem;
use crate::machine::Machine;

/// The index of the mails that are not yet sent. A mail stands in it from the write that causes it
/// until SES has taken it and that is noted: while one is being delivered it still counts.
const OUTBOX: &str = "outbox";

/// How many rows stand in the outbox.
pub(super) async fn count(State(machine): State<Arc<Machine>>) -> Result<Json<u64>, Problem> {
    let mut unsent = 0;
    for table in &machine.template.tables {
        if table.indexes().iter().any(|index| index.name == OUTBOX) {
            unsent += machine
                .engine
                .count_rows(table, OUTBOX)
                .map_err(|error| Problem::internal(error.to_string()))?;
        }
    }
    Ok(Json(unsent))
}
