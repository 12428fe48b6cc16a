//! The number of mails that wait to be sent.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::problem::Problem;
use crate::machine::Machine;

/// The index of unsent mails. A mail is in it until it is settled, so a mail that is being
/// delivered still counts.
const OUTBOX: &str = "outbox";

/// The number of rows in the index.
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
