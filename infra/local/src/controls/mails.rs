//! The mails, in JSON.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::problem::Problem;
use crate::machine::Machine;
use crate::mailbox::Mail;

#[derive(Deserialize)]
pub(super) struct Wanted {
    to: Option<String>,
}

impl Wanted {
    fn address(&self) -> Option<&str> {
        self.to.as_deref().filter(|to| !to.is_empty())
    }
}

/// The mails, newest first; only those to `to` if it is given.
pub(super) async fn list(
    State(machine): State<Arc<Machine>>,
    Query(wanted): Query<Wanted>,
) -> Json<Vec<Mail>> {
    Json(machine.mailbox.list(wanted.address()))
}

/// Forgets the mails; only those to `to` if it is given.
pub(super) async fn forget(
    State(machine): State<Arc<Machine>>,
    Query(wanted): Query<Wanted>,
) -> Result<StatusCode, Problem> {
    let forgotten = machine.mailbox.forget(wanted.address());
    forgotten.map_err(|error| Problem::internal(error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}
