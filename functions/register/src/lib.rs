//! Registers a household: keeps what it typed until the mailed link is followed.

use serde::Serialize;
use shared::app::HashingApp;
use shared::domain::FieldCode;
use shared::domain::{
    EmailAddress, Language, LeaseReference, LinkId, Name, Password, PasswordPolicy, Purpose,
    in_paris,
};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::metrics::{self, Metric};
use shared::random;
use shared::store::{Link, Registration};
use shared::throttle;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A household that wants an account.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    last_name: Name,
    email: EmailAddress,
    password: Password,
    terms: String,
    paperless: bool,
    language: Language,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let lease = form.required("lease");
        let last_name: Option<Name> = form.required("last_name");
        let email: Option<EmailAddress> = form.required("email");
        let password: Option<Password> = form.required("password");
        let terms: Option<String> = form.required("terms");
        let paperless = form.flag("paperless").unwrap_or(false);
        let language = form.optional("language").unwrap_or_else(|| call.language());
        if let Some(password) = &password {
            let names: Vec<&Name> = last_name.iter().collect();
            let min_chars = call.config().password_min_length;
            let policy = PasswordPolicy { min_chars, names: &names, email: email.as_ref() };
            if let Err(code) = policy.check(password) {
                form.reject("password", code);
            }
        }
        if terms.as_ref().is_some_and(|terms| *terms != call.config().terms_version) {
            form.reject("terms", FieldCode::TermsNotCurrent);
        }
        form.finish(|| {
            Some(Self {
                lease: lease?,
                last_name: last_name?,
                email: email?,
                password: password?,
                terms: terms?,
                paperless,
                language,
                source: call.source(),
            })
        })
    }
}

/// Names the registration, for asking for its mail again.
#[derive(Serialize)]
struct Registered {
    registration: LinkId,
}

/// Keeps a registration and has its activation link mailed. Whether the lease or the address has an
/// account is found out later, out of sight: nothing here takes longer or answers otherwise for it.
///
/// # Replies
///
/// - 202, the registration, and a cookie that lets this browser activate in one click
/// - 422 `invalid_fields`, `lease_not_recognised`
/// - 429 `too_many_attempts`
async fn handle(app: HashingApp, request: Request) -> Result<Reply, Error> {
    let (counted, lease) = futures_util::join!(
        throttle::registration(&app, &request.lease, &request.source),
        app.store.find_lease(&request.lease),
    );
    counted?;
    let now = app.clock.now();
    let lease = lease?
        .filter(|lease| lease.is_recognised(&request.last_name, in_paris(now)))
        .ok_or(Error::LeaseNotRecognised)?;
    // The first name is only known now: whoever gave reference and name may know it too.
    let policy = PasswordPolicy {
        min_chars: app.config.password_min_length,
        names: &[&lease.last_name, &lease.first_name],
        email: Some(&request.email),
    };
    policy.check(&request.password).map_err(|code| Error::field("password", code))?;
    let password = app.hasher.hash(&request.password).await?;
    let id: LinkId = random::id();
    let registration = Registration {
        lease: lease.as_seen(),
        email: request.email,
        password: Some(password),
        language: request.language,
        paperless: request.paperless,
        terms: request.terms,
    };
    let link = Link::to_be_mailed(id, Purpose::Registration, "activation", registration, now);
    app.store.put_link(id, &link).await?;
    metrics::record(Metric::Registrations, 1);
    let cookie = cookies::registration(app.keys.seal_registration(id)?);
    Ok(Reply::accepted_as(&Registered { registration: id })?.with_cookie(&cookie))
}
