//! Asks for a change of the address.

use shared::app::HashingApp;
use shared::authentication::reauthenticate;
use shared::domain::{EmailAddress, FieldCode, Password};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, required, words};
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::links::{self, EmailChange, Kind};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "A link is mailed to the new address. The old address stays in force until the link is \
    followed. The answer does not tell whether the new address belongs to another account.",
    group: Group::Account,
    route: Route::post("/api/account/email-changes"),
    parameters: &[],
    body: Body::Json(&[
        required("email", words::EMAIL_TYPED),
        required("password", words::PASSWORD),
    ]),
    successes: &[Success::accepted("Whether the address is free or not")],
    problems: &[
        (Problem::InvalidFields, "Also `not_allowed` for the address one has"),
        (Problem::TooManyAttempts, "Passwords tried"),
    ],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// The new address and the password.
#[derive(Debug)]
pub struct Request {
    email: EmailAddress,
    password: Password,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let email = form.required("email");
        let password = form.required("password");
        form.finish(|| Some(Self { email: email?, password: password? }))
    }
}

/// Queues a link to the new address. The old address stays in force until the link is followed.
/// Whether the new address is free is decided by `deliver-mail`, which the caller cannot observe.
async fn handle(app: HashingApp, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    let account = &tenant.account;
    if request.email.folded() == account.email.folded() {
        return Err(Error::field("email", FieldCode::NotAllowed));
    }
    let password = &request.password;
    reauthenticate(&app, account, tenant.claimant(), "password", password).await?;
    let link = links::new(EmailChange { email: request.email }, app.clock.now());
    let link = link.made_for(account.id, account.epoch);
    app.store.ask_email_change(account, &link, EmailChange::MAIL).await?;
    Ok(Reply::accepted())
}
