//! Registers a household. The registration is kept until the mailed link is followed.

use std::hint::black_box;

use serde::Serialize;
use shared::app::HashingApp;
use shared::domain::{
    EmailAddress, FieldCode, Language, LeaseReference, Name, Password, PasswordPolicy, in_paris,
};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Route, Success, object, optional, required, text, truth, words,
};
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::limits;
use shared::links::{self, Registration};
use shared::metrics::{self, Metric};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The mailed link creates the account. Until it is followed, nothing is reserved. Only the \
    mail tells whether the lease or the address already has an account.",
    group: Group::Registration,
    route: Route::post("/api/registrations"),
    parameters: &[],
    body: Body::Json(&[
        required("lease", words::LEASE_TYPED),
        required("last_name", words::LAST_NAME_TYPED),
        required("email", words::EMAIL_TYPED),
        required("password", words::NEW_PASSWORD),
        required(
            "terms",
            words::TERMS_VERSION
                .saying("The version that is accepted: today’s, as show-terms says"),
        ),
        optional("paperless", truth("Whether rent notices shall come without paper", true)),
        optional(
            "language",
            words::LANGUAGE
                .saying("The language of pages and mails; by default that of Accept-Language"),
        ),
    ]),
    successes: &[Success::accepted_as(
        "The registration, for asking for its mail again",
        object(
            "A registration",
            &[required(
                "registration",
                text("Names the registration", "y6ktbVAC9PgyTazLNrM0D6jc-b6v4p3V8UMXjROHrQg"),
            )],
        ),
    )
    .setting(&[cookies::REGISTRATION])],
    problems: &[(Problem::LeaseNotRecognised, ""), (Problem::TooManyAttempts, "")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
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
    cookie: Option<String>,
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
                cookie: call.cookie(cookies::REGISTRATION).map(str::to_owned),
                source: call.source(),
            })
        })
    }
}

/// The answer: the reference of the registration, for asking for its mail again.
#[derive(Serialize)]
struct Registered {
    registration: String,
}

/// Keeps a registration and queues its activation link. Whether the lease or the address already
/// has an account is decided by `deliver-mail`: here it changes neither the answer nor the time it
/// takes.
async fn handle(app: HashingApp, request: Request) -> Result<Reply, Error> {
    let (counted, lease) = futures_util::join!(
        limits::registration(&app, &request.lease, &request.source),
        app.store.find_lease(&request.lease),
    );
    let (counted, now) = (counted?, app.clock.now());
    let (lease, today) = (lease?, in_paris(now));
    if lease.is_none() {
        // An unknown reference takes as long as another name.
        black_box(request.last_name.matches(&request.last_name));
    }
    let recognised = lease.filter(|lease| lease.terms.is_recognised(&request.last_name, today));
    let Some(lease) = recognised else {
        return Err(counted.not_recognised(&app).await?);
    };
    counted.recognised(&app).await?;
    // The lease's first name is known only now. The answer may reveal it: the caller has given the
    // right reference and last name.
    let names: Vec<&Name> = lease.terms.first_name.iter().chain([&lease.terms.last_name]).collect();
    let policy = PasswordPolicy {
        min_chars: app.config.password_min_length,
        names: &names,
        email: Some(&request.email),
    };
    policy.check(&request.password).map_err(|code| Error::field("password", code))?;
    let registration = Registration {
        lease: lease.terms.as_seen(),
        email: request.email,
        password: Some(app.hasher.hash(&request.password).await?),
        language: request.language,
        paperless: request.paperless,
        terms: request.terms,
    };
    // By the lease, the agency's pages find what waits for it.
    let link = links::new(registration, now).waiting_for(lease.terms.reference);
    links::send(&app, &link).await?;
    metrics::record(Metric::Registrations, 1);
    let registration = app.keys.registration_reference(link.id).await;
    let sealed = app.keys.seal_registration(link.id, request.cookie.as_deref()).await;
    let reply = Reply::accepted_as(&Registered { registration })?;
    Ok(reply.with_cookie(&cookies::registration(sealed)))
}
