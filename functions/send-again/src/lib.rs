//! Has a mail sent to a household that it waits for.

use shared::app::App;
use shared::domain::{Account, FieldCode, Lease, LeaseReference, StaffAct};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Parameter, Route, Success, one_of, required, words,
};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};
use shared::limits;
use shared::links::{self, PasswordReset, ResetCause};
use shared::store::Notice;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "`activation` is the mail of the last registration that waits, to the address that was \
    registered. `password-reset` is a link to choose another password, to the address of the account. \
    The limits per address hold: beyond them no mail is sent.",
    group: Group::Staff,
    route: Route::post("/api/staff/households/{lease}/mails"),
    parameters: &[Parameter::in_path("lease", words::LEASE_TYPED)],
    body: Body::Json(&[required(
        "mail",
        one_of("Which mail is sent", &["activation", "password-reset"]),
    )]),
    successes: &[Success::accepted("The mail is queued")],
    problems: &[
        (Problem::NotFound, "Without such a lease, or when it waits for no such mail"),
        (Problem::TooManyAttempts, "A registration's mail was sent again 3 times in an hour"),
    ],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::SendAgain, handle)
}

/// A household, and the mail that it needs.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    mail: Wanted,
}

/// A mail that staff can have sent.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Activation,
    PasswordReset,
}

impl TryFrom<String> for Wanted {
    type Error = FieldCode;

    fn try_from(mail: String) -> Result<Self, FieldCode> {
        match mail.as_str() {
            "activation" => Ok(Self::Activation),
            "password-reset" => Ok(Self::PasswordReset),
            _ => Err(FieldCode::NotAllowed),
        }
    }
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let mail = form.required("mail");
        let mail = form.finish(|| mail)?;
        let lease = LeaseReference::try_from(call.path_parameter("lease"));
        Ok(Self { lease: lease.map_err(|_| Error::NotFound)?, mail })
    }
}

/// Queues a mail to the address on file.
async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let lease = staff.sees(app.store.find_lease(&request.lease).await?)?;
    match request.mail {
        Wanted::Activation => send_activation(&app, &staff, &lease).await?,
        Wanted::PasswordReset => send_reset(&app, &staff, &lease).await?,
    }
    Ok(Reply::accepted())
}

/// Queues the mail of the last registration that waits for `lease`.
async fn send_activation(app: &App, staff: &Staff, lease: &Lease) -> Result<(), Error> {
    let reference = &lease.terms.reference;
    staff.looks_at(app, lease, None).await;
    if lease.tenant.is_some() {
        return Err(Error::NotFound);
    }
    let waiting = app.store.waiting(reference).await?;
    let registration = waiting.last().ok_or(Error::NotFound)?;
    limits::resend_by_staff(app, registration.id).await?;
    app.store.put_notice(&Notice::ActivationAgain(registration.id)).await
}

/// Queues a link to choose another password, to the address of the account of `lease`.
async fn send_reset(app: &App, staff: &Staff, lease: &Lease) -> Result<(), Error> {
    let tenant = lease.tenant.ok_or(Error::NotFound)?;
    let account = app.store.find_account(tenant).await?;
    let account = account.filter(Account::is_active).ok_or(Error::NotFound)?;
    staff.act_on(app, &account).await;
    let payload = PasswordReset { email: account.email.clone(), cause: ResetCause::Asked };
    let link = links::new(payload, app.clock.now()).made_for(account.id, account.epoch);
    links::send(app, &link).await
}
