//! Changes an address by the link mailed to it.

use serde::Serialize;
use shared::app::HashingApp;
use shared::audit::{By, Trail};
use shared::authentication::{Claimant, reauthenticate};
use shared::domain::{
    Account, DeviceKind, EmailAddress, FieldCode, LinkToken, Occasion, Password, SessionId,
};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Route, Success, object, optional, required, words,
};
use shared::http::{Call, FromCall, Function, PresentedSession, Reply, cookies, public};
use shared::links::{self, EmailChange, EmailChanged, Kind, Usable};
use shared::store::{Link, Write};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "A browser without a session of the account needs the password. Every session ends. The \
    old address is mailed a link that takes the change back. Following the link again \
    changes nothing.",
    group: Group::Account,
    route: Route::post("/api/email-changes/confirm"),
    parameters: &[],
    body: Body::Json(&[
        required("token", words::LINK_TOKEN),
        optional(
            "password",
            words::PASSWORD
                .saying("The password of the account; needed in a browser without a session of it"),
        ),
    ]),
    successes: &[Success::ok(
        "The address is in force",
        object("The address in force", &[required("email", words::EMAIL)]),
    )],
    problems: &[
        (Problem::LinkInvalid, ""),
        (Problem::LinkExpired, ""),
        (Problem::EmailAlreadyUsed, ""),
        (
            Problem::InvalidFields,
            "Also without the password, or with a wrong one, in a browser without a session of the account",
        ),
        (Problem::TooManyAttempts, "Passwords tried"),
    ],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A mailed link, followed in a browser.
#[derive(Debug)]
pub struct Request {
    token: LinkToken,
    password: Option<Password>,
    session: Option<PresentedSession>,
    device: Option<String>,
    device_kind: DeviceKind,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        let password = form.optional("password");
        let session = PresentedSession::of(call);
        let device = call.cookie(cookies::DEVICE).map(str::to_owned);
        let (device_kind, trail) = (call.device_kind(), call.trail());
        form.finish(|| Some(Self { token: token?, password, session, device, device_kind, trail }))
    }
}

/// The answer: the address that is now in force.
#[derive(Serialize)]
struct Confirmed {
    email: EmailAddress,
}

/// Changes the address, ends every session and mails the old address a link that takes the change
/// back, in one transaction. Following the link again changes nothing.
async fn handle(app: HashingApp, request: Request) -> Result<Reply, Error> {
    let (app, request) = (&app, &request);
    let followed = links::follow(app, &request.token, |usable: Usable<EmailChange>| async move {
        let account = usable.account()?;
        if usable.attempt == 0 {
            request.trail.act(app, By::Tenant, account.id).await;
        }
        // The session may have been ended since it was read: it is looked at each time.
        let session = check_bearer(app, account, request).await?;
        confirm(app, account, &usable.link, session, request.device_kind).await
    });
    Reply::ok(&Confirmed { email: followed.await?.link.payload.email })
}

/// Checks that the tenant follows the link, and returns the session of the account that shows it, if
/// one does. A stranger at a mistyped address has neither a session of the account nor its password.
async fn check_bearer(
    app: &HashingApp,
    account: &Account,
    request: &Request,
) -> Result<Option<SessionId>, Error> {
    if let Some(session) = &request.session
        && session.is_of(app, account).await?
    {
        return Ok(Some(session.id));
    }
    let password = request.password.as_ref();
    let password = password.ok_or_else(|| Error::field("password", FieldCode::Required))?;
    let claimant = Claimant {
        email: &account.email,
        device: request.device.as_deref(),
        source: request.trail.source(),
    };
    reauthenticate(app, account, claimant, "password", password).await?;
    Ok(None)
}

async fn confirm(
    app: &HashingApp,
    account: &Account,
    link: &Link<EmailChange>,
    session: Option<SessionId>,
    device_kind: DeviceKind,
) -> Result<Write, Error> {
    let Some(credentials) = app.store.find_credentials(&account.email).await? else {
        return Ok(Write::Stale);
    };
    let email = &link.payload.email;
    let now = app.clock.now();
    let payload = EmailChanged {
        email: account.email.clone(),
        new: email.clone(),
        occasion: Some(Occasion::from_device(now, device_kind)),
    };
    let revert = links::new(payload, now).made_for(account.id, account.epoch + 1);
    let revert = (&revert, EmailChanged::MAIL);
    app.store.change_email(link, account, &credentials, email, session, revert).await
}
