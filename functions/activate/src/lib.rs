//! Makes the account of a registration, once its mailed link is followed.

use serde::Serialize;
use shared::app::HashingApp;
use shared::audit::{self, By};
use shared::domain::FieldCode;
use shared::domain::{
    Account, EmailAddress, Lease, LinkId, LinkToken, Paperless, Password, Purpose, Status, Terms,
    in_paris,
};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::metrics::{self, Metric};
use shared::passwords::Verdict;
use shared::random;
use shared::store::{ActivationRefused, Addressed, Notice, Registration};
use shared::throttle::{self, Attempt};

/// How often a lease that changes under an activation is looked at again.
const ATTEMPTS: u32 = 5;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A mailed link that is followed.
#[derive(Debug)]
pub struct Request {
    token: LinkToken,
    password: Option<Password>,
    cookie: Option<String>,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        let password = form.optional("password");
        let cookie = call.cookie(cookies::REGISTRATION).map(str::to_owned);
        form.finish(|| Some(Self { token: token?, password, cookie, source: call.source() }))
    }
}

/// Names the account that is active now.
#[derive(Serialize)]
struct Activated {
    email: EmailAddress,
}

/// Makes the account, its hold on the lease and its credentials, uses up the link and has the
/// identifier mailed: all in one transaction. Following the link again changes nothing.
///
/// # Replies
///
/// - 200, the identifier
/// - 400 `link_invalid`; 410 `link_expired`
/// - 409 `household_already_registered`, `email_already_used`
/// - 422 `invalid_fields`: the password chosen, in a browser that did not register;
///   `lease_not_recognised`, when the lease has ended since
/// - 429 `too_many_attempts`, for passwords tried
async fn handle(app: HashingApp, request: Request) -> Result<Reply, Error> {
    let id = app.keys.open_link(Purpose::Registration, &request.token).await?;
    let link = app.store.registration(id).await?;
    if link.used_at.is_none() {
        check_bearer(&app, id, &link.payload, &request).await?;
        activate(&app, id, link.payload.clone(), &request.source).await?;
    }
    Reply::ok(&Activated { email: link.payload.email })
}

/// Checks that it is whoever filled in the form: the browser that did, or the password chosen.
/// Neither a stranger at a mistyped address nor the owner of an address that someone else typed
/// activates an account that is not theirs.
async fn check_bearer(
    app: &HashingApp,
    id: LinkId,
    registration: &Registration,
    request: &Request,
) -> Result<(), Error> {
    if let Some(cookie) = &request.cookie
        && app.keys.is_registration(cookie, id).await
    {
        return Ok(());
    }
    let password = request.password.as_ref();
    let password = password.ok_or_else(|| Error::field("password", FieldCode::Required))?;
    let attempt = Attempt { email: &registration.email, device: None, source: &request.source };
    throttle::sign_in(app, attempt).await?;
    match app.hasher.verify(password, registration.password.as_ref()).await? {
        Verdict::Wrong => Err(Error::field("password", FieldCode::WrongPassword)),
        Verdict::Right | Verdict::RightButWeak => Ok(()),
    }
}

/// Makes the account; a lease that is no longer as the link saw it, or has ended since, is looked at
/// again.
async fn activate(
    app: &HashingApp,
    id: LinkId,
    mut registration: Registration,
    source: &str,
) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        if registration.lease.has_ended(in_paris(app.clock.now())) {
            registration.lease = look_again(app, &registration.lease).await?;
        }
        let account = account(app, &registration);
        let announcement = Notice::AccountActivated(Addressed::to(&account));
        match app.store.activate(id, &registration, &account, &announcement).await? {
            Ok(()) => {
                audit::note(app, By::Tenant, account.id, source);
                metrics::record(Metric::Activations, 1);
                return Ok(());
            }
            Err(ActivationRefused::LinkUsed) => {
                // Used by another click at the same instant, or else expired.
                app.store.registration(id).await?;
                return Ok(());
            }
            Err(ActivationRefused::EmailUsed) => return Err(Error::EmailAlreadyUsed),
            Err(ActivationRefused::LeaseChanged) => {
                registration.lease = look_again(app, &registration.lease).await?;
            }
        }
    }
    Err(Error::Unavailable("the lease kept changing".into()))
}

/// The lease as it is now, if the household still may register with it.
async fn look_again(app: &HashingApp, seen: &Lease) -> Result<Lease, Error> {
    let lease = app.store.find_lease(&seen.reference).await?;
    let lease = lease.ok_or(Error::LeaseNotRecognised)?;
    if lease.tenant.is_some() {
        Err(Error::HouseholdAlreadyRegistered)
    } else if !lease.is_recognised(&seen.last_name, in_paris(app.clock.now())) {
        Err(Error::LeaseNotRecognised)
    } else {
        Ok(lease.as_seen())
    }
}

/// The account that `registration` asks for.
fn account(app: &HashingApp, registration: &Registration) -> Account {
    let now = app.clock.now();
    let Registration { lease, email, language, paperless, terms, .. } = registration.clone();
    Account {
        id: random::id(),
        email,
        lease: lease.reference,
        last_name: lease.last_name,
        first_name: lease.first_name,
        agency: lease.agency,
        ends_on: lease.ends_on,
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
