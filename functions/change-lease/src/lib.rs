//! Changes the lease of an account.

use shared::app::HashingApp;
use shared::authentication::reauthenticate;
use shared::domain::{Account, Lease, LeaseReference, Name, Password, in_paris};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, required, words};
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::limits::{self, CountedRegistration};
use shared::mail::{Mail, lease_changed};
use shared::store::{Notice, retry_stale};
use shared::view::{self, AccountView};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The new lease is claimed and the old one freed at once. The tenant is told by mail.",
    group: Group::Account,
    route: Route::put("/api/account/lease"),
    parameters: &[],
    body: Body::Json(&[
        required("lease", words::LEASE_TYPED),
        required("last_name", words::LAST_NAME_TYPED),
        required("password", words::PASSWORD),
    ]),
    successes: &[Success::ok(
        "The account as it is now; also when it has that lease already",
        view::ACCOUNT,
    )],
    problems: &[
        (Problem::HouseholdAlreadyRegistered, ""),
        (Problem::LeaseNotRecognised, ""),
        (Problem::TooManyAttempts, ""),
    ],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// The household's new lease, and the password.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    last_name: Name,
    password: Password,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let lease = form.required("lease");
        let last_name = form.required("last_name");
        let password = form.required("password");
        form.finish(|| Some(Self { lease: lease?, last_name: last_name?, password: password? }))
    }
}

/// Claims the new lease, frees the old one and queues a mail to the tenant, in one transaction.
async fn handle(app: HashingApp, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    let account = &tenant.account;
    reauthenticate(&app, account, tenant.claimant(), "password", &request.password).await?;
    // The limit of registrations applies, so names cannot be guessed faster here.
    let counted = limits::registration(&app, &request.lease, tenant.trail.source()).await?;
    let moved = retry_stale(|number| {
        let counted = (number == 0).then_some(&counted);
        move_to(&app, &tenant, &request, counted)
    })
    .await;
    let account = match moved {
        Err(Error::LeaseNotRecognised) => return Err(counted.not_recognised(&app).await?),
        moved => moved?,
    };
    Reply::ok(&AccountView::of(&account, &app.config))
}

/// The account with the new lease; `None` if something has changed meanwhile. `counted` is the
/// count of the first attempt.
async fn move_to(
    app: &HashingApp,
    tenant: &SignedIn,
    request: &Request,
    counted: Option<&CountedRegistration>,
) -> Result<Option<Account>, Error> {
    let signed_in = &tenant.account;
    let (lease, account) = futures_util::try_join!(
        app.store.find_lease(&request.lease),
        app.store.find_account(signed_in.id),
    )?;
    let account = account.filter(|account| account.epoch == signed_in.epoch);
    let account = account.ok_or(Error::Unauthenticated)?;
    let today = in_paris(app.clock.now());
    let Lease { terms, tenant: holder, .. } = lease
        .filter(|lease| lease.terms.is_recognised(&request.last_name, today))
        .ok_or(Error::LeaseNotRecognised)?;
    if let Some(counted) = counted {
        counted.recognised(app).await?;
    }
    let is_holder = holder == Some(account.id);
    if is_holder != (account.lease == terms.reference) {
        // Another call has moved the account between the two reads.
        return Ok(None);
    }
    match holder {
        Some(_) if is_holder => return Ok(Some(account)),
        Some(_) => return Err(Error::HouseholdAlreadyRegistered),
        None => {}
    }
    let payload = lease_changed::Payload {
        lease: terms.reference.clone(),
        occasion: Some(tenant.occasion(app.clock.now())),
    };
    let notice = Notice::to(&account, Mail::LeaseChanged(payload));
    if app.store.change_lease(&account, &terms, &notice).await?.is_done() {
        app.store.find_account(account.id).await
    } else {
        Ok(None)
    }
}
