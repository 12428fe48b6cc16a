//! Closes an account for the agency.

use shared::app::App;
use shared::audit::{By, Trail};
use shared::domain::{
    Account, AgencyRequestKind, Closure, LeaseReference, Message, Occasion, Paperless,
};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, optional, required, words};
use shared::http::{Call, Caller, FromCall, Function, Reply, agency};
use shared::mail::account_closed::{self, WantedBy};
use shared::mail::{Mail, paperless_stopped};
use shared::store::{EndedBy, Notice, Write, retry_stale};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The caller and the reason are kept, and the tenant is told by mail. An account that has \
    changed to another lease is left alone.",
    group: Group::Agency,
    route: Route::post("/api/agency/closures"),
    parameters: &[],
    body: Body::Json(&[
        required("lease", words::LEASE_TYPED),
        required("reason", words::MESSAGE.saying("Why")),
        optional(
            "kind",
            words::REQUEST_KIND.saying("What is to be done; by default the account is closed"),
        ),
    ]),
    successes: &[Success::no_content("Also when it is done already")],
    problems: &[(Problem::NotFound, "Without such a lease, or without an account")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    agency(&OPERATION, handle)
}

/// The agency's decision and its reason.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
    reason: Message,
    kind: AgencyRequestKind,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let lease = form.required("lease");
        let reason = form.required("reason");
        let kind = form.optional("kind").unwrap_or(AgencyRequestKind::CloseAccount);
        form.finish(|| Some(Self { lease: lease?, reason: reason?, kind, trail: call.trail() }))
    }
}

/// Closes the account of a lease, or returns its rent notices to paper, and keeps the caller and
/// the reason. An account that has changed to another lease is left alone.
async fn handle(app: App, caller: Caller, request: Request) -> Result<Reply, Error> {
    let (app, caller, request) = (&app, &caller, &request);
    retry_stale(|_| async move {
        let holder = app.store.find_holder(&request.lease).await?;
        let account = holder.and_then(|holder| holder.account).ok_or(Error::NotFound)?;
        let by = By::Agency(caller.arn().to_owned());
        request.trail.act(app, by.clone(), account.id).await;
        request.trail.which(request.kind.name());
        let done = !account.is_active() || do_it(app, &account, &by, request).await?.is_done();
        Ok(done.then_some(Reply::no_content()))
    })
    .await
}

async fn do_it(app: &App, account: &Account, by: &By, request: &Request) -> Result<Write, Error> {
    let now = app.clock.now();
    let (caller, reason) = (by.to_string(), request.reason.as_str().to_owned());
    match request.kind {
        AgencyRequestKind::CloseAccount => {
            let closure = Closure { at: now, by: caller, reason: Some(reason) };
            let months = app.config.erase_after_months;
            // If a request is open, the agency answers it with this call.
            let asked = account.open_request(AgencyRequestKind::CloseAccount, now).is_some();
            let wanted_by = if asked { WantedBy::Tenant } else { WantedBy::Agency };
            let payload = account_closed::Payload {
                occasion: Some(Occasion::by_landlord(now)),
                wanted_by: Some(wanted_by),
                erased_on: Some(closure.erasure(months).due_on),
            };
            let notice = Notice::to(account, Mail::AccountClosed(payload));
            let on = EndedBy::Decision;
            app.store.deactivate(account, &closure, by, on, months, &notice).await
        }
        AgencyRequestKind::StopPaperless if !account.paperless.granted => Ok(Write::Done),
        AgencyRequestKind::StopPaperless => {
            let paper = Paperless {
                caller: Some(caller),
                reason: Some(reason),
                ..Paperless::stopped_by_agency(now)
            };
            let notice = Notice::to(account, Mail::PaperlessStopped(paperless_stopped::Payload {}));
            app.store.stop_paperless(account, &paper, by, None, &notice).await
        }
    }
}
