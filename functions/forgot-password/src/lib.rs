//! Mails a link to choose a new password.

use shared::app::App;
use shared::domain::EmailAddress;
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, required, words};
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::limits;
use shared::links::{self, PasswordReset, ResetCause};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "A link is mailed to the address if it belongs to an account. The link is valid for an hour.",
    group: Group::Recovery,
    route: Route::post("/api/password-resets"),
    parameters: &[],
    body: Body::Json(&[required("email", words::EMAIL_TYPED)]),
    successes: &[Success::accepted("Whether there is an account or not")],
    problems: &[(Problem::TooManyAttempts, "")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// Somebody who has forgotten a password.
#[derive(Debug)]
pub struct Request {
    email: EmailAddress,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let email = form.required("email");
        form.finish(|| Some(Self { email: email?, source: call.source() }))
    }
}

/// Queues a reset link to the address, if it belongs to an account. `deliver-mail` decides that,
/// which the caller cannot observe.
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    limits::mail(&app, &request.source).await?;
    let payload = PasswordReset { email: request.email, cause: ResetCause::Asked };
    links::send(&app, &links::new(payload, app.clock.now())).await?;
    Ok(Reply::accepted())
}
