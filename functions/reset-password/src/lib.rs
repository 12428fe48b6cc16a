//! Sets another password by a mailed link.

use shared::app::HashingApp;
use shared::audit::{self, By};
use shared::domain::{
    Account, DeviceId, LinkId, LinkToken, Password, PasswordPolicy, Purpose, Status,
};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::random;
use shared::store::{Addressed, Link, Notice, PasswordResetRequest};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A mailed link and the password to set by it.
#[derive(Debug)]
pub struct Request {
    token: LinkToken,
    password: Password,
    device: Option<String>,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        let password = form.required("password");
        let device = call.cookie(cookies::DEVICE).map(str::to_owned);
        let source = call.source();
        form.finish(|| Some(Self { token: token?, password: password?, device, source }))
    }
}

/// Sets the password, uses up the link, ends every session and has the tenant told, in one
/// transaction. A password that the policy refuses leaves the link as it is.
///
/// # Replies
///
/// - 204, and this browser is known from now on
/// - 400 `link_invalid`; 410 `link_expired`, `link_used`
/// - 422 `invalid_fields`
async fn handle(app: HashingApp, request: Request) -> Result<Reply, Error> {
    let id = app.keys.open_link(Purpose::PasswordReset, &request.token).await?;
    let account = account(&app, id).await?;
    audit::note(&app, By::Tenant, account.id, &request.source);
    let policy = PasswordPolicy {
        min_chars: app.config.password_min_length,
        names: &[&account.last_name, &account.first_name],
        email: Some(&account.email),
    };
    policy.check(&request.password).map_err(|code| Error::field("password", code))?;
    let password = app.hasher.hash(&request.password).await?;
    let notice = Notice::PasswordChanged(Addressed::to(&account));
    if !app.store.reset_password(id, &account, &password, &notice).await? {
        return Err(why_refused(&app, id).await);
    }
    let device = match &request.device {
        Some(sealed) => app.keys.open_device(sealed, &account.email).await,
        None => None,
    };
    let device = device.unwrap_or_else(random::id);
    let cookie = cookies::device(app.keys.seal_device(device, &account.email)?);
    Ok(Reply::no_content().with_cookie(&cookie))
}

/// The account that the link `id` was made for, if the link can still be used.
async fn account(app: &HashingApp, id: LinkId) -> Result<Account, Error> {
    let link = unused(app, id).await?;
    let account = match link.tenant {
        Some(tenant) => app.store.find_account(tenant).await?,
        None => None,
    };
    let account = account
        .filter(|account| account.status == Status::Active && link.epoch == Some(account.epoch));
    match account {
        Some(account) => Ok(account),
        // Unless the same link was used since it was read.
        None => Err(unused(app, id).await.err().unwrap_or(Error::LinkExpired)),
    }
}

async fn unused(app: &HashingApp, id: LinkId) -> Result<Link<PasswordResetRequest>, Error> {
    let link: Link<PasswordResetRequest> = app.store.link(id).await?;
    if link.used_at.is_some() { Err(Error::LinkUsed) } else { Ok(link) }
}

/// Why the transaction was refused: the link was used meanwhile, or the account has moved on.
async fn why_refused(app: &HashingApp, id: LinkId) -> Error {
    match account(app, id).await {
        Ok(_) => Error::Unavailable("the account kept changing".into()),
        Err(error) => error,
    }
}
