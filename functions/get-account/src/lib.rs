//! Shows a tenant's account.

use shared::app::App;
use shared::error::Error;
use shared::http::{Function, Reply, SignedIn, signed_in};
use shared::view::AccountView;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(env!("CARGO_PKG_NAME"), handle)
}

/// Shows the account.
///
/// # Replies
///
/// - 200, the account
/// - 401 `unauthenticated`
async fn handle(app: App, tenant: SignedIn, (): ()) -> Result<Reply, Error> {
    Reply::ok(&AccountView::of(&tenant.account, &app.config))
}
