//! Has mails to an account's address tried again, for the agency.

use shared::app::App;
use shared::audit::{By, Trail};
use shared::domain::{Account, LeaseReference};
use shared::error::Error;
use shared::http::{Call, Caller, FromCall, Function, Reply, public};
use shared::store::Write;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// The lease of an account whose mails came back.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    caller: Caller,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let caller = call.caller()?;
        let mut form = call.form()?;
        let lease = form.required("lease");
        form.finish(|| Some(Self { lease: lease?, caller, trail: call.trail() }))
    }
}

/// Forgets what came back from the address of the account that holds the lease: its mails are tried
/// again from now on.
///
/// # Replies
///
/// - 204, also when nothing was held back
/// - 403 `forbidden`, without IAM
/// - 404 `not_found`, without such a lease, or without an account
/// - 422 `invalid_fields`
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    let holder = app.store.find_holder(&request.lease).await?;
    let account = holder.and_then(|holder| holder.account);
    let account = account.filter(Account::is_active).ok_or(Error::NotFound)?;
    let by = By::Agency(request.caller.arn().to_owned());
    request.trail.act(&app, by, account.id).await;
    app.store.lift_stop(&app.subjects.hash(&account.email.folded())).await?;
    match app.store.unmark_account(account.id).await? {
        Write::Done => Ok(Reply::no_content()),
        Write::Stale | Write::Refused(_) => Err(Error::NotFound),
    }
}
