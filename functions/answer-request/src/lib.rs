//! Takes the agency's answer to a request.

use serde::Serialize;
use shared::app::App;
use shared::audit::{By, Trail};
use shared::decisions::{self, Answer};
use shared::domain::{AgencyRequest, AgencyRequestKind, LeaseReference, LinkToken};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Route, Success, object, one_of, optional, required, words,
};
use shared::http::{Call, FromCall, Function, Reply, public};
use shared::links::{self, Usable};

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

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        let answer: Option<String> = form.optional("answer");
        let answer = Answer::of(answer.as_deref(), form.optional_unless_blank("reason"));
        let answer = answer.map_err(|(field, code)| form.reject(field, code)).ok();
        form.finish(|| Some(Self { token: token?, answer: answer?, trail: call.trail() }))
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
        request.trail.which(request.answer.which(usable.link.payload.kind));
        decisions::answer(app, account, &usable.link, &request.answer, &By::AgencyLink).await
    });
    let AgencyRequest { kind, lease, .. } = followed.await?.link.payload;
    Reply::ok(&Answered { kind, lease })
}
