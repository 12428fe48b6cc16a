//! Sets a new password by the mailed link.

use shared::app::HashingApp;
use shared::audit::{By, Trail};
use shared::domain::{
    Account, DeviceKind, FieldCode, LinkToken, Occasion, Password, PasswordPolicy,
};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, required, words};
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::links::{self, PasswordReset, Usable};
use shared::mail::{Mail, password_changed};
use shared::passwords::Verdict;
use shared::random;
use shared::store::Notice;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Every session ends, and the tenant is told by mail. A refused password does not use the \
    link.",
    group: Group::Recovery,
    route: Route::post("/api/password-resets/confirm"),
    parameters: &[],
    body: Body::Json(&[
        required("token", words::LINK_TOKEN),
        required("password", words::NEW_PASSWORD),
    ]),
    successes: &[Success::no_content("The password is set, and this browser is known from now on")
        .setting(&[cookies::DEVICE])],
    problems: &[(Problem::LinkInvalid, ""), (Problem::LinkExpired, ""), (Problem::LinkUsed, "")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A mailed link and the new password.
#[derive(Debug)]
pub struct Request {
    token: LinkToken,
    password: Password,
    device: Option<String>,
    device_kind: DeviceKind,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        let password = form.required("password");
        let device = call.cookie(cookies::DEVICE).map(str::to_owned);
        let (device_kind, trail) = (call.device_kind(), call.trail());
        form.finish(|| {
            Some(Self { token: token?, password: password?, device, device_kind, trail })
        })
    }
}

/// Sets the password, uses the link, ends every session and queues a mail to the tenant, in one
/// transaction. A refused password does not use the link.
async fn handle(app: HashingApp, request: Request) -> Result<Reply, Error> {
    let (app, request) = (&app, &request);
    let followed = links::follow(app, &request.token, |usable: Usable<PasswordReset>| async move {
        let account = usable.account()?;
        request.trail.act(app, By::Tenant, account.id).await;
        check(app, account, &request.password).await?;
        let password = app.hasher.hash(&request.password).await?;
        let occasion = Some(Occasion::from_device(app.clock.now(), request.device_kind));
        let mail = Mail::PasswordChanged(password_changed::Payload { occasion });
        let notice = Notice::to(account, mail);
        app.store.reset_password(&usable.link, account, &password, &notice).await
    })
    .await?;
    if followed.was_used {
        return Err(Error::LinkUsed);
    }
    // The link was mailed to the account's address, and is void once that changes.
    let (email, now) = (&followed.link.payload.email, app.clock.now());
    let epoch = followed.link.epoch.unwrap_or_default() + 1;
    // The password is changed already: nothing may fail any more.
    let known = match &request.device {
        Some(sealed) => app.keys.open_device(sealed, email, now).await.ok().flatten(),
        None => None,
    };
    let device = known.map_or_else(random::id, |device| device.id);
    let sealed = app.keys.seal_device(device, email, epoch, now).await;
    Ok(Reply::no_content().with_cookie(&cookies::device(sealed)))
}

/// Checks that `password` follows the policy and differs from the present one.
async fn check(app: &HashingApp, account: &Account, password: &Password) -> Result<(), Error> {
    let policy = PasswordPolicy {
        min_chars: app.config.password_min_length,
        names: &account.names(),
        email: Some(&account.email),
    };
    policy.check(password).map_err(|code| Error::field("password", code))?;
    let present = app.store.find_credentials(&account.email).await?;
    let Some(present) = present.filter(|present| present.password.is_usable()) else {
        return Ok(());
    };
    match app.hasher.verify(password, Some(&present.password)).await? {
        Verdict::Wrong => Ok(()),
        Verdict::Right | Verdict::RightButWeak => {
            Err(Error::field("password", FieldCode::PasswordUnchanged))
        }
    }
}
