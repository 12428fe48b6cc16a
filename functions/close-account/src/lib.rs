//! Closes an account for the agency.

use shared::app::App;
use shared::audit::{self, By};
use shared::domain::{
    Account, AgencyRequestKind, Closure, LeaseReference, Message, Paperless, Status,
};
use shared::error::Error;
use shared::http::{Call, Caller, FromCall, Function, Reply, public};
use shared::store::{Addressed, EndedBy, Notice};

/// How often an account that changes under a closure is looked at again.
const ATTEMPTS: u32 = 5;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// What the agency has decided, and why.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    reason: Message,
    kind: AgencyRequestKind,
    caller: Caller,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let caller = call.caller()?;
        let mut form = call.form()?;
        let lease = form.required("lease");
        let reason = form.required("reason");
        let kind = form.optional("kind").unwrap_or(AgencyRequestKind::CloseAccount);
        form.finish(|| {
            Some(Self { lease: lease?, reason: reason?, kind, caller, source: call.source() })
        })
    }
}

/// Closes the account of a lease, or has its rent notices come on paper again, and keeps who asked
/// for it and why.
///
/// # Replies
///
/// - 204, also when it is done already
/// - 403 `forbidden`, without IAM
/// - 404 `not_found`, without such a lease, or without an account
/// - 422 `invalid_fields`
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    for _ in 0..ATTEMPTS {
        let holder = app.store.find_holder(&request.lease).await?;
        let account = holder.and_then(|holder| holder.account).ok_or(Error::NotFound)?;
        let by = By::Agency(request.caller.arn().to_owned());
        audit::note(&app, by, account.id, &request.source);
        if account.status == Status::Deactivated || do_it(&app, &account, &request).await? {
            return Ok(Reply::no_content());
        }
    }
    Err(Error::Unavailable("the account kept changing".into()))
}

async fn do_it(app: &App, account: &Account, request: &Request) -> Result<bool, Error> {
    let about = Addressed::to(account);
    match request.kind {
        AgencyRequestKind::CloseAccount => {
            let closure = Closure {
                at: app.clock.now(),
                by: request.caller.arn().to_owned(),
                reason: Some(request.reason.as_str().to_owned()),
            };
            let months = app.config.erase_after_months;
            let notice = Notice::AccountClosed(about);
            app.store.deactivate(account, &closure, EndedBy::Agency, months, &notice).await
        }
        AgencyRequestKind::StopPaperless if !account.paperless.granted => Ok(true),
        AgencyRequestKind::StopPaperless => {
            let paper = Paperless {
                caller: Some(request.caller.arn().to_owned()),
                reason: Some(request.reason.as_str().to_owned()),
                ..Paperless::stopped_by_agency(app.clock.now())
            };
            let notice = Notice::PaperlessStopped(about);
            app.store.stop_paperless(account, &paper, None, &notice).await
        }
    }
}
