//! Moves an account to another lease.

use shared::app::HashingApp;
use shared::domain::{LeaseReference, Name, Password, in_paris};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::reauthentication::reauthenticate;
use shared::store::MoveRefused;
use shared::throttle;
use shared::view::AccountView;

/// How often a lease that changes under a move is looked at again.
const ATTEMPTS: u32 = 5;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(env!("CARGO_PKG_NAME"), handle)
}

/// A household that moves.
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

/// Claims the new lease and frees the old one, in one transaction.
///
/// # Replies
///
/// - 200, the account as it is now; also when it has that lease already
/// - 401 `unauthenticated`
/// - 409 `household_already_registered`
/// - 422 `invalid_fields`, `lease_not_recognised`
/// - 429 `too_many_attempts`
async fn handle(app: HashingApp, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    reauthenticate(&app, &tenant, "password", &request.password).await?;
    // Names are guessed no faster here than when registering.
    throttle::registration(&app, &request.lease, &tenant.source).await?;
    for _ in 0..ATTEMPTS {
        let (lease, account) = futures_util::try_join!(
            app.store.find_lease(&request.lease),
            app.store.find_account(tenant.account.id),
        )?;
        let account = account.filter(|account| account.epoch == tenant.account.epoch);
        let account = account.ok_or(Error::Unauthenticated)?;
        let today = in_paris(app.clock.now());
        let lease = lease
            .filter(|lease| lease.is_recognised(&request.last_name, today))
            .ok_or(Error::LeaseNotRecognised)?;
        match lease.tenant {
            Some(holder) if holder == account.id => {
                return Reply::ok(&AccountView::of(&account, &app.config));
            }
            Some(_) => return Err(Error::HouseholdAlreadyRegistered),
            None => {}
        }
        match app.store.change_lease(&account, &lease).await? {
            // Read again: the answer is the account as it is now.
            Ok(()) | Err(MoveRefused::LeaseChanged | MoveRefused::AccountChanged) => {}
        }
    }
    Err(Error::Unavailable("the lease kept changing".into()))
}
