//! Sends the activation link of a registration once more.

use shared::app::App;
use shared::domain::LinkId;
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::store::Notice;
use shared::throttle;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A registration whose mail has not come.
#[derive(Debug)]
pub struct Request {
    registration: LinkId,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let registration = call.path_parameter("registration");
        let registration = LinkId::try_from(registration).map_err(|_| Error::NotFound)?;
        Ok(Self { registration, source: call.source() })
    }
}

/// Has the mail of a registration sent again, if there is such a registration and it still waits.
///
/// # Replies
///
/// - 202, whether there is one or not
/// - 404 `not_found`, for what is no registration's name at all
/// - 429 `too_many_attempts`
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    throttle::resend(&app, request.registration, &request.source).await?;
    app.store.put_notice(&Notice::Activation { registration: request.registration }).await?;
    Ok(Reply::accepted())
}
