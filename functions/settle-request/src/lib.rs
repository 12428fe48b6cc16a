//! Answers a tenant's request for the agency.

use serde::Serialize;
use shared::app::App;
use shared::decisions::{self, Answer};
use shared::domain::{Account, AgencyRequest, AgencyRequestKind, LeaseReference, LinkId, StaffAct};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Parameter, Route, Success, object, one_of, optional, required, text,
    words,
};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};
use shared::links;
use shared::store::{Link, retry_stale};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The request is done or refused, and the tenant is told by mail. Of two people who \
    answer at once, one does it.",
    group: Group::Staff,
    route: Route::post("/api/staff/requests/{id}"),
    parameters: &[Parameter::in_path(
        "id",
        text("The id of the request", "y6ktbVAC9PgyTazLNrM0DQ").matching(words::ID),
    )],
    body: Body::Json(&[
        required("answer", one_of("What is answered", &["done", "refused"])),
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
        (Problem::NotFound, "Without such a request, or 30 days after it was made"),
        (Problem::AlreadySettled, "Also when the household has left the lease"),
    ],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::SettleRequest, handle)
}

/// A request, and the answer to it.
#[derive(Debug)]
pub struct Request {
    id: LinkId,
    answer: Answer,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let answer: Option<String> = form.required("answer");
        let answer = Answer::of(answer.as_deref(), form.optional_unless_blank("reason"));
        let answer = answer.map_err(|(field, code)| form.reject(field, code)).ok();
        let answer = form.finish(|| answer)?;
        let id = LinkId::try_from(call.path_parameter("id")).map_err(|_| Error::NotFound)?;
        Ok(Self { id, answer })
    }
}

/// The answer: the kind of the request and its lease.
#[derive(Serialize)]
struct Answered {
    kind: AgencyRequestKind,
    lease: LeaseReference,
}

/// Does or refuses what the tenant asked, and queues a mail to the tenant.
async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let (app, staff, Request { id, answer }) = (&app, &staff, &request);
    retry_stale(|_| async move {
        let (link, account) = find(app, staff, *id).await?;
        let AgencyRequest { kind, lease, settled, .. } = &link.payload;
        staff.act_on(app, &account).await;
        staff.trail.which(answer.which(*kind));
        let is_open = link.used_at.is_none() && settled.is_none() && account.waits_for(link.id);
        if !account.is_active() || !is_open {
            return Err(Error::AlreadySettled);
        }
        let answered = decisions::answer(app, &account, &link, answer, &staff.by()).await?;
        let reply = || Reply::ok(&Answered { kind: *kind, lease: lease.clone() });
        answered.is_done().then(reply).transpose()
    })
    .await
}

/// The request `id` with the account that made it, if its lease is one that `staff` sees.
async fn find(
    app: &App,
    staff: &Staff,
    id: LinkId,
) -> Result<(Link<AgencyRequest>, Account), Error> {
    let link: Link<AgencyRequest> = match links::load(app, id).await {
        Err(Error::LinkExpired) => return Err(Error::NotFound),
        link => link?,
    };
    let tenant = link.tenant.ok_or(Error::NotFound)?;
    let (lease, account) = futures_util::try_join!(
        app.store.find_lease(&link.payload.lease),
        app.store.find_account(tenant),
    )?;
    staff.sees(lease)?;
    Ok((link, account.ok_or(Error::NotFound)?))
}
