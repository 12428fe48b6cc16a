//! The mails, in JSON.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use crate::machine::Machine;
use crate::mailbox::Mail;

#[derive(Deserialize)]
pub(super) struct Wanted {
    to: Option<String>,
}

/// The mails, newest first; only those to `to` if it is given.
pub(super) async fn list(
    State(machine): State<Arc<Machine>>,
    Query(wanted): Query<Wanted>,
) -> Json<Vec<Mail>> {
    Json(machine.mailbox.list(wanted.to.as_deref().filter(|to| !to.is_empty())))
}
