//! Asks for another address.

use shared::app::HashingApp;
use shared::authentication::reauthenticate;
use shared::domain::{EmailAddress, FieldCode, Password};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, required, words};
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::links::{self, EmailChange};

/// What this operation is.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "A link is mailed to the new address; until it is followed the old one stays in force. \
         Whether the new one is another account’s is not told.",
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

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// The address to come, and the password.
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

/// Has a link mailed to the new address; until it is followed the old one stays in force. Whether
/// the address is taken is found out later, out of sight.
async fn handle(app: HashingApp, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    let account = &tenant.account;
    if request.email.folded() == account.email.folded() {
        return Err(Error::field("email", FieldCode::NotAllowed));
    }
    let password = &request.password;
    reauthenticate(&app, account, tenant.claimant(), "password", password).await?;
    let link = links::new(EmailChange { email: request.email }, app.clock.now());
    links::send(&app, &link.made_for(account.id, account.epoch)).await?;
    Ok(Reply::accepted())
}
