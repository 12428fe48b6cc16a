//! Takes the agency's answer to a request.

use serde::Serialize;
use shared::app::App;
use shared::audit::{By, Trail};
use shared::domain::{
    Account, AgencyRequest, AgencyRequestKind, Closure, FieldCode, LeaseReference, LinkToken,
    Message, Occasion, Paperless,
};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Route, Success, object, one_of, optional, required, words,
};
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::links::{self, Usable};
use shared::mail::{Mail, account_closed, agency_request_refused, paperless_stopped};
use shared::store::{EndedBy, Link, Notice, Write};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "By the link mailed to the agency. The request is done or refused, and the tenant is told \
    by mail. Only the account that asked is changed, not a later account of the lease. \
    Following the link again changes nothing.",
    group: Group::Agency,
    route: Route::post("/api/agency-requests/answer"),
    parameters: &[],
    body: Body::Json(&[
        required("token", words::LINK_TOKEN),
        optional(
            "answer",
            one_of("What is answered; by default that it is done", &["done", "refused"]),
        ),
        optional("reason", words::MESSAGE.saying("Of a refusal: why, as the tenant is told")),
    ]),
    successes: &[Success::ok(
        "What was asked, and for which lease",
        object(
            "A request that is answered",
            &[required("kind", words::REQUEST_KIND), required("lease", words::LEASE)],
        ),
    )],
    problems: &[
        (Problem::LinkInvalid, ""),
        (
            Problem::LinkExpired,
            "Also when the account has another lease by now, or what it asked was settled otherwise",
        ),
    ],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A mailed link, and the agency's answer.
#[derive(Debug)]
pub struct Request {
    token: LinkToken,
    answer: Answer,
    trail: Trail,
}

/// The agency's answer.
#[derive(Debug)]
enum Answer {
    Done,
    Refused(Option<Message>),
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        let answer: Option<String> = form.optional("answer");
        let reason: Option<Message> = form.optional_unless_blank("reason");
        let answer = match answer.as_deref() {
            None | Some("done") => {
                if reason.is_some() {
                    form.reject("reason", FieldCode::NotAllowed);
                }
                Answer::Done
            }
            Some("refused") => Answer::Refused(reason),
            Some(_) => {
                form.reject("answer", FieldCode::NotAllowed);
                Answer::Done
            }
        };
        form.finish(|| Some(Self { token: token?, answer, trail: call.trail() }))
    }
}

/// The answer: the kind of the request and its lease.
#[derive(Serialize)]
struct Answered {
    kind: AgencyRequestKind,
    lease: LeaseReference,
}

/// Does or refuses what the tenant asked, and queues a mail to the tenant. Only the account that
/// asked is changed, not a later account of the lease. Following the link again changes nothing.
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    let (app, request) = (&app, &request);
    let followed = links::follow(app, &request.token, |usable: Usable<AgencyRequest>| async move {
        let account = usable.account()?;
        request.trail.act(app, By::AgencyLink, account.id).await;
        request.trail.which(match &request.answer {
            Answer::Done => usable.link.payload.kind.name(),
            Answer::Refused(_) => "refuse",
        });
        match &request.answer {
            Answer::Done => do_what_was_asked(app, account, &usable.link).await,
            Answer::Refused(reason) => refuse(app, account, &usable.link, reason.as_ref()).await,
        }
    });
    let AgencyRequest { kind, lease, .. } = followed.await?.link.payload;
    Reply::ok(&Answered { kind, lease })
}

async fn do_what_was_asked(
    app: &App,
    account: &Account,
    link: &Link<AgencyRequest>,
) -> Result<Write, Error> {
    let now = app.clock.now();
    match link.payload.kind {
        AgencyRequestKind::CloseAccount => {
            let closure = Closure { at: now, by: "agency".to_owned(), reason: None };
            let (on, months) = (EndedBy::Answer(link), app.config.erase_after_months);
            let payload = account_closed::Payload {
                occasion: Some(Occasion::by_landlord(now)),
                wanted_by: Some(account_closed::WantedBy::Tenant),
                erased_on: Some(closure.erasure(months).due_on),
            };
            let notice = Notice::to(account, Mail::AccountClosed(payload));
            app.store.deactivate(account, &closure, &By::AgencyLink, on, months, &notice).await
        }
        AgencyRequestKind::StopPaperless => {
            let paper = Paperless::stopped_by_agency(now);
            let notice = Notice::to(account, Mail::PaperlessStopped(paperless_stopped::Payload {}));
            app.store.stop_paperless(account, &paper, &By::AgencyLink, Some(link), &notice).await
        }
    }
}

async fn refuse(
    app: &App,
    account: &Account,
    link: &Link<AgencyRequest>,
    reason: Option<&Message>,
) -> Result<Write, Error> {
    let payload = agency_request_refused::Payload {
        kind: link.payload.kind,
        reason: reason.map(|reason| reason.as_str().to_owned()),
    };
    let notice = Notice::to(account, Mail::AgencyRequestRefused(payload));
    app.store.refuse_request(account, link, &By::AgencyLink, reason, &notice).await
}
