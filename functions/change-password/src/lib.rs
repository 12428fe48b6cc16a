//! Changes the password of a signed-in tenant.

use shared::app::HashingApp;
use shared::authentication::reauthenticate;
use shared::domain::{FieldCode, Password, PasswordPolicy};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, required, words};
use shared::http::{Call, FromCall, Function, Reply, SignedIn, cookies, signed_in};
use shared::mail::{Mail, password_changed};
use shared::random;
use shared::store::{Notice, Write};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "This session is kept, every other session ends, and the tenant is told by mail.",
    group: Group::Account,
    route: Route::put("/api/account/password"),
    parameters: &[],
    body: Body::Json(&[
        required("current_password", words::PASSWORD),
        required("new_password", words::NEW_PASSWORD),
    ]),
    successes: &[Success::no_content("The password is set, and this browser is known from now on")
        .setting(&[cookies::DEVICE])],
    problems: &[(Problem::TooManyAttempts, "Passwords tried")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// The present and the new password.
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

/// Sets the password, ends every other session and queues a mail to the tenant, in one transaction.
/// This session is kept.
async fn handle(app: HashingApp, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    let account = &tenant.account;
    let policy = PasswordPolicy {
        min_chars: app.config.password_min_length,
        names: &account.names(),
        email: Some(&account.email),
    };
    policy.check(&request.new).map_err(|code| Error::field("new_password", code))?;
    let (claimant, current) = (tenant.claimant(), &request.current);
    let read = reauthenticate(&app, account, claimant, "current_password", current).await?;
    if request.new == request.current {
        return Err(Error::field("new_password", FieldCode::PasswordUnchanged));
    }
    let password = app.hasher.hash(&request.new).await?;
    let occasion = Some(tenant.occasion(app.clock.now()));
    let notice = Notice::to(account, Mail::PasswordChanged(password_changed::Payload { occasion }));
    let session = tenant.session;
    match app.store.change_password(account, &read.password, &password, session, &notice).await? {
        Write::Done => {}
        // Another change of the account has ended this session.
        Write::Stale | Write::Refused(_) => return Err(Error::Unauthenticated),
    }
    let (email, now) = (&account.email, app.clock.now());
    // The password is changed already: nothing may fail any more.
    let known = match &tenant.device {
        Some(sealed) => app.keys.open_device(sealed, email, now).await.ok().flatten(),
        None => None,
    };
    let device = known.map_or_else(random::id, |device| device.id);
    let sealed = app.keys.seal_device(device, email, account.epoch + 1, now).await;
    Ok(Reply::no_content().with_cookie(&cookies::device(sealed)))
}
