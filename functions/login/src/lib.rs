//! Signs a tenant in.

use shared::app::HashingApp;
use shared::audit::{By, Trail};
use shared::authentication::{self, Claimant, Counted};
use shared::domain::{Account, EmailAddress, Password, Session, SessionSecret};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Route, Success, optional, required, truth, words,
};
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::keys::Device;
use shared::metrics::{self, Metric};
use shared::passwords::{PasswordHash, Verdict};
use shared::random;
use shared::store::{Credentials, Write};
use shared::view::{self, SignedInView};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The access token is valid for ten minutes. `refresh-session` issues another for the \
    session cookie. An unknown address gets the same answer as a wrong password, after \
    the same time.",
    group: Group::Sessions,
    route: Route::post("/api/sessions"),
    parameters: &[],
    body: Body::Json(&[
        required("email", words::EMAIL_TYPED),
        required("password", words::PASSWORD),
        optional("remember", truth("Whether to stay signed in, for 30 days at most", true)),
    ]),
    successes: &[Success::ok("An access token and the account", view::SIGNED_IN).setting(&[
        cookies::SESSION,
        cookies::DEVICE,
        cookies::IDENTIFIER,
    ])],
    problems: &[(Problem::BadCredentials, ""), (Problem::TooManyAttempts, "")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// An address, a password, and whether to remember the browser.
#[derive(Debug)]
pub struct Request {
    email: EmailAddress,
    password: Password,
    remember: bool,
    device: Option<String>,
    has_identifier: bool,
    user_agent: String,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let email = form.required("email");
        let password = form.required("password");
        let remember = form.flag("remember").unwrap_or(false);
        form.finish(|| {
            Some(Self {
                email: email?,
                password: password?,
                remember,
                device: call.cookie(cookies::DEVICE).map(str::to_owned),
                has_identifier: call.cookie(cookies::IDENTIFIER).is_some(),
                user_agent: call.user_agent().to_owned(),
                trail: call.trail(),
            })
        })
    }
}

/// Verifies the password and begins a session. An unknown address takes as long.
async fn handle(app: HashingApp, request: Request) -> Result<Reply, Error> {
    let claimant = Claimant {
        email: &request.email,
        device: request.device.as_deref(),
        source: request.trail.source(),
    };
    let Counted { credentials, device } = authentication::count(&app, claimant).await?;
    let (account, verdict) = futures_util::try_join!(
        find_account(&app, credentials.as_ref()),
        verify(&app, &request.password, credentials.as_ref()),
    )?;
    let (Some(credentials), Some(account)) = (credentials, account) else {
        // In the trail too: a guess at an address that nobody has is one.
        request.trail.act_on_none(&app, By::Tenant).await;
        return Err(Error::BadCredentials);
    };
    request.trail.act(&app, By::Tenant, account.id).await;
    if verdict == Verdict::Wrong || !account.is_active() {
        return Err(Error::BadCredentials);
    }
    let secret: SessionSecret = random::secret();
    let session = Session::begin(
        random::id(),
        account.id,
        credentials.epoch,
        &secret,
        request.remember,
        &request.user_agent,
        app.clock.now(),
    );
    app.store.begin_session(&session).await?;
    metrics::record(Metric::SignIns, 1);
    if verdict == Verdict::RightButWeak {
        rehash(&app, &request, &credentials).await?;
    }
    reply(&app, &request, &account, &session, &secret, device).await
}

async fn find_account(
    app: &HashingApp,
    credentials: Option<&Credentials>,
) -> Result<Option<Account>, Error> {
    match credentials {
        Some(credentials) => app.store.find_account(credentials.tenant).await,
        // An address that is unknown makes the same calls.
        None => app.store.find_account(random::id()).await.map(|_| None),
    }
}

async fn verify(
    app: &HashingApp,
    password: &Password,
    credentials: Option<&Credentials>,
) -> Result<Verdict, Error> {
    let stored: Option<&PasswordHash> = credentials.map(|credentials| &credentials.password);
    app.hasher.verify(password, stored).await
}

/// Replaces the hash by one with today's parameters, unless the password was changed since it was
/// read.
async fn rehash(
    app: &HashingApp,
    request: &Request,
    credentials: &Credentials,
) -> Result<(), Error> {
    let password = app.hasher.hash(&request.password).await?;
    match app.store.rehash_password(&request.email, credentials, &password).await? {
        Write::Done | Write::Stale | Write::Refused(_) => Ok(()),
    }
}

async fn reply(
    app: &HashingApp,
    request: &Request,
    account: &Account,
    session: &Session,
    secret: &SessionSecret,
    device: Option<Device>,
) -> Result<Reply, Error> {
    let now = app.clock.now();
    let device = device.map_or_else(random::id, |device| device.id);
    let device = app.keys.seal_device(device, &account.email, session.epoch, now).await;
    let reply = Reply::ok(&SignedInView::of(app, account, session.id).await?)?
        .with_cookie(&cookies::session(session, secret, now))
        .with_cookie(&cookies::device(device));
    Ok(match (request.remember, request.has_identifier) {
        (true, _) => reply.with_cookie(&cookies::identifier(&account.email)),
        (false, true) => reply.with_cookie(&cookies::no_identifier()),
        (false, false) => reply,
    })
}
