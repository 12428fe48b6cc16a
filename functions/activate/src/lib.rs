//! Activates a registered account by the mailed link.

use serde::Serialize;
use shared::app::HashingApp;
use shared::audit::{By, Trail};
use shared::domain::{
    Account, DeviceKind, EmailAddress, FieldCode, Lease, LeaseTerms, LinkToken, Occasion,
    Paperless, Password, Plan, SeenLease, Status, Terms, in_paris,
};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Route, Success, object, optional, required, words,
};
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::links::{self, Registration, Usable};
use shared::mail::{Mail, account_activated};
use shared::metrics::{self, Metric};
use shared::passwords::{PasswordHash, Verdict};
use shared::store::{Link, Notice, Write};
use shared::{limits, random};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The browser that registered needs no password; any other needs the one chosen when \
         registering. Following the link again changes nothing.",
    group: Group::Registration,
    route: Route::post("/api/activations"),
    parameters: &[],
    body: Body::Json(&[
        required("token", words::LINK_TOKEN),
        optional(
            "password",
            words::PASSWORD
                .saying("The password chosen; needed in a browser that did not register"),
        ),
    ]),
    successes: &[Success::ok(
        "The account is active",
        object(
            "An active account",
            &[required("email", words::EMAIL.saying("The identifier: one signs in with it"))],
        ),
    )],
    problems: &[
        (Problem::LinkInvalid, ""),
        (Problem::LinkExpired, ""),
        (Problem::HouseholdAlreadyRegistered, ""),
        (Problem::EmailAlreadyUsed, ""),
        (
            Problem::InvalidFields,
            "Also without the password chosen, or with another, in a browser that did not register",
        ),
        (Problem::LeaseNotRecognised, "The lease has ended since, or is in another name"),
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
    cookie: Option<String>,
    device_kind: DeviceKind,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        let password = form.optional("password");
        let cookie = call.cookie(cookies::REGISTRATION).map(str::to_owned);
        let (device_kind, trail) = (call.device_kind(), call.trail());
        form.finish(|| Some(Self { token: token?, password, cookie, device_kind, trail }))
    }
}

/// The answer: the identifier of the active account.
#[derive(Serialize)]
struct Activated {
    email: EmailAddress,
}

/// Creates the account and its credentials, claims the lease, uses the link and queues a mail with
/// the identifier, in one transaction. Following the link again changes nothing.
async fn handle(app: HashingApp, request: Request) -> Result<Reply, Error> {
    let (app, request) = (&app, &request);
    let followed = links::follow(app, &request.token, |usable: Usable<Registration>| async move {
        if usable.attempt == 0 {
            check_bearer(app, &usable.link, request).await?;
        }
        let lease = lease(app, &usable).await?;
        activate(app, &usable.link, lease, request).await
    });
    Reply::ok(&Activated { email: followed.await?.link.payload.email })
}

/// Checks that the person who registered follows the link: by the browser's registration cookie or
/// by the chosen password. So a stranger at a mistyped address cannot activate the account, and
/// nobody can activate it by a link that they did not ask for.
async fn check_bearer(
    app: &HashingApp,
    link: &Link<Registration>,
    request: &Request,
) -> Result<(), Error> {
    if let Some(cookie) = &request.cookie
        && app.keys.is_registration(cookie, link.id).await?
    {
        return Ok(());
    }
    let password = request.password.as_ref();
    let password = password.ok_or_else(|| Error::field("password", FieldCode::Required))?;
    let Registration { email, password: chosen, .. } = &link.payload;
    limits::sign_in(app, email, request.trail.source()).await?;
    match app.hasher.verify(password, chosen.as_ref()).await? {
        Verdict::Wrong => Err(Error::field("password", FieldCode::WrongPassword)),
        Verdict::Right | Verdict::RightButWeak => Ok(()),
    }
}

/// The lease with the terms in the link; with its present terms if it has ended since, or if the
/// first attempt found it changed.
async fn lease(app: &HashingApp, usable: &Usable<Registration>) -> Result<SeenLease, Error> {
    let seen = &usable.link.payload.lease;
    let today = in_paris(app.clock.now());
    if usable.attempt == 0 && !seen.has_ended(today) {
        return Ok(seen.clone());
    }
    let lease = app.store.find_lease(&seen.terms().reference).await?;
    let Lease { terms, tenant, .. } = lease.ok_or(Error::LeaseNotRecognised)?;
    if tenant.is_some() {
        Err(Error::HouseholdAlreadyRegistered)
    } else if !terms.is_recognised(&seen.terms().last_name, today) {
        Err(Error::LeaseNotRecognised)
    } else {
        Ok(terms.as_seen())
    }
}

async fn activate(
    app: &HashingApp,
    link: &Link<Registration>,
    lease: SeenLease,
    request: &Request,
) -> Result<Write, Error> {
    let now = app.clock.now();
    let plan = Plan::of_active(lease.terms().ends_on, in_paris(now));
    let account = account(app, &link.payload, &lease, plan);
    let password = link.payload.password.clone().unwrap_or_else(PasswordHash::unusable);
    let payload = account_activated::Payload {
        identifier: account.email.clone(),
        occasion: Some(Occasion::from_device(now, request.device_kind)),
    };
    let announcement = Notice::to(&account, Mail::AccountActivated(payload));
    let made = app.store.activate(link, &lease, &account, plan, &password, &announcement).await;
    match made {
        Ok(Write::Stale | Write::Refused(_)) => {}
        // After an error the account may exist, because the response was lost. The trail names it
        // in both cases.
        Ok(Write::Done) | Err(_) => request.trail.act(app, By::Tenant, account.id).await,
    }
    let made = made?;
    if made.is_done() {
        metrics::record(Metric::Activations, 1);
    }
    Ok(made)
}

/// The account to create for `registration`.
fn account(
    app: &HashingApp,
    registration: &Registration,
    lease: &SeenLease,
    plan: Option<Plan>,
) -> Account {
    let now = app.clock.now();
    let Registration { email, language, paperless, terms, .. } = registration.clone();
    let LeaseTerms { reference, last_name, first_name, agency, adviser, ends_on } =
        lease.terms().clone();
    Account {
        id: random::id(),
        email,
        lease: reference,
        last_name,
        first_name,
        agency,
        adviser,
        ends_on,
        closes_on: plan.map(|plan| plan.closes_on),
        warned_on: None,
        status: Status::Active,
        epoch: 1,
        language,
        paperless: Paperless::by_tenant(paperless, now),
        terms: Terms { version: terms, accepted_at: now },
        created_at: now,
        mail_state: None,
        reverts: Vec::new(),
        asked_to_close: None,
        asked_for_paper: None,
        closure: None,
    }
}
