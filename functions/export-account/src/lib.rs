//! Exports all data held about an account, for its tenant.

mod operation;
mod view;

use shared::app::App;
use shared::error::Error;
use shared::http::{Function, Reply, SignedIn, signed_in};

pub use crate::operation::OPERATION;
use crate::view::Export;

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// Returns all data held about the account, as a download.
async fn handle(app: App, tenant: SignedIn, (): ()) -> Result<Reply, Error> {
    let account = &tenant.account;
    let subject = app.subjects.hash(&account.email.folded());
    let (held, bounce) =
        futures_util::try_join!(app.store.held(account.id), app.store.find_bounce(&subject),)?;
    let export = Export::of(account, &held, bounce.as_ref(), app.clock.now());
    Ok(Reply::ok(&export)?.as_download("mon-espace-locataire.json"))
}
