//! Mails the activation link of a registration again.

use shared::app::App;
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Parameter, Route, Success, text};
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::limits;
use shared::store::Notice;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The mail is sent again if the registration is not activated yet. The path needs the \
    reference that `register` returned.",
    group: Group::Registration,
    route: Route::post("/api/registrations/{registration}/resend"),
    parameters: &[Parameter::in_path(
        "registration",
        text("The reference that register gave", "y6ktbVAC9PgyTazLNrM0D6jc-b6v4p3V8UMXjROHrQg"),
    )],
    body: Body::None,
    successes: &[Success::accepted("Whether it still waits or not")],
    problems: &[
        (Problem::NotFound, "A reference that we did not give"),
        (Problem::TooManyAttempts, ""),
    ],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A registration whose mail did not arrive.
#[derive(Debug)]
pub struct Request {
    registration: String,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let registration = call.path_parameter("registration");
        Ok(Self { registration, source: call.source() })
    }
}

/// Queues the mail of a registration again, if the registration is not activated yet. The caller
/// needs the reference from `register`. The id in a link is not accepted.
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    let id = app.keys.open_registration_reference(&request.registration).await?;
    let id = id.ok_or(Error::NotFound)?;
    limits::resend(&app, id, &request.source).await?;
    app.store.put_notice(&Notice::ActivationAgain(id)).await?;
    Ok(Reply::accepted())
}
