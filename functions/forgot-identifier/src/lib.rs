//! Reminds a household of its identifier.

use shared::app::App;
use shared::domain::{LeaseReference, Name};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::limits;
use shared::store::Notice;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A household that has forgotten its identifier.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    last_name: Name,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let lease = form.required("lease");
        let last_name = form.required("last_name");
        form.finish(|| Some(Self { lease: lease?, last_name: last_name?, source: call.source() }))
    }
}

/// Has the identifier mailed to the account's own address, if lease and name are an account's: that
/// is found out later, out of sight.
///
/// # Replies
///
/// - 202, whether there is an account or not
/// - 429 `too_many_attempts`
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    limits::mail(&app, &request.source).await?;
    let Request { lease, last_name, .. } = request;
    app.store.put_notice(&Notice::IdentifierReminder(lease, last_name)).await?;
    Ok(Reply::accepted())
}
