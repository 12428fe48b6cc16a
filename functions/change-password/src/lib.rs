//! Sets another password for a signed-in tenant.

use shared::app::HashingApp;
use shared::domain::{Password, PasswordPolicy};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::reauthentication::reauthenticate;
use shared::store::{Addressed, Notice};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(env!("CARGO_PKG_NAME"), handle)
}

/// The present password and the one to come.
#[derive(Debug)]
pub struct Request {
    current: Password,
    new: Password,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let current = form.required("current_password");
        let new = form.required("new_password");
        form.finish(|| Some(Self { current: current?, new: new? }))
    }
}

/// Sets the password in one transaction: this session goes on, every other one ends, the tenant is
/// told.
///
/// # Replies
///
/// - 204
/// - 401 `unauthenticated`
/// - 422 `invalid_fields`
/// - 429 `too_many_attempts`
async fn handle(app: HashingApp, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    let account = &tenant.account;
    let policy = PasswordPolicy {
        min_chars: app.config.password_min_length,
        names: &[&account.last_name, &account.first_name],
        email: Some(&account.email),
    };
    policy.check(&request.new).map_err(|code| Error::field("new_password", code))?;
    let read = reauthenticate(&app, &tenant, "current_password", &request.current).await?;
    let password = app.hasher.hash(&request.new).await?;
    let notice = Notice::PasswordChanged(Addressed::to(account));
    let session = tenant.session;
    let changed =
        app.store.change_password(account, &read.password, &password, session, &notice).await?;
    // Otherwise the account was changed from elsewhere, which ended this session.
    if changed { Ok(Reply::no_content()) } else { Err(Error::Unauthenticated) }
}
