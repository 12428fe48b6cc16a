//! Sends the activation link of a registration once more.

use shared::app::App;
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Parameter, Route, Success, text};
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::limits;
use shared::store::Notice;

/// What this operation is.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The mail comes again if the registration still waits for its link to be followed. \
         Only the reference that `register` gave names one.",
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

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A registration whose mail has not come.
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

/// Has the mail of a registration sent again, if it still waits. Only the reference that `register`
/// gave names one: the id in a link does not.
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    let id = app.keys.open_registration_reference(&request.registration).await;
    let id = id.ok_or(Error::NotFound)?;
    limits::resend(&app, id, &request.source).await?;
    app.store.put_notice(&Notice::ActivationAgain(id)).await?;
    Ok(Reply::accepted())
}
