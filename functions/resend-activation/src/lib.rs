//! Sends the activation link of a registration once more.

use shared::app::App;
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::limits;
use shared::store::Notice;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
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
///
/// # Replies
///
/// - 202, whether it still waits or not
/// - 404 `not_found`, for a reference that we did not give
/// - 429 `too_many_attempts`
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    let id = app.keys.open_registration_reference(&request.registration).await;
    let id = id.ok_or(Error::NotFound)?;
    limits::resend(&app, id, &request.source).await?;
    app.store.put_notice(&Notice::ActivationAgain(id)).await?;
    Ok(Reply::accepted())
}
