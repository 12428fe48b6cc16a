//! Shows a tenant's account.

use shared::app::App;
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Function, Reply, SignedIn, signed_in};
use shared::view::{self, AccountView};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Names and agency are those of the lease.",
    group: Group::Account,
    route: Route::get("/api/account"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok("The account", view::ACCOUNT)],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// Shows the account.
async fn handle(app: App, tenant: SignedIn, (): ()) -> Result<Reply, Error> {
    Reply::ok(&AccountView::of(&tenant.account, &app.config))
}
