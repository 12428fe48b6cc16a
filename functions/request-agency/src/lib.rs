//! Sends a tenant's request to the agency.

use serde::Serialize;
use shared::app::App;
use shared::domain::{Account, AgencyRequest, AgencyRequestKind, FieldCode, Message};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Route, Success, object, one_of, optional, required, words,
};
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::links::{self, Kind};
use shared::store::retry_stale;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The agency is asked by mail. At most one request of a kind is open: asking again \
    changes nothing. The tenant is told by mail once the mail to the agency is on its way.",
    group: Group::Account,
    route: Route::post("/api/account/agency-requests"),
    parameters: &[],
    body: Body::Json(&[
        required("kind", words::REQUEST_KIND),
        optional("message", words::MESSAGE.saying("What the agency should know")),
    ]),
    successes: &[Success::accepted_as(
        "Where the request stands",
        object(
            "Where a request stands",
            &[required(
                "state",
                one_of("Whether it was sent, or such a request is open", &["sent", "already_open"]),
            )],
        ),
    )],
    problems: &[(
        Problem::InvalidFields,
        "Also `not_allowed` to leave paperless delivery without being in it",
    )],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// The kind of request and the tenant's message.
#[derive(Debug)]
pub struct Request {
    kind: AgencyRequestKind,
    message: Option<Message>,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let kind = form.required("kind");
        let message = form.optional_unless_blank("message");
        form.finish(|| Some(Self { kind: kind?, message }))
    }
}

/// The state of the request after the call.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// The mail to the agency is on its way.
    Sent,
    /// Such a request is already open. Nothing was sent.
    AlreadyOpen,
}

#[derive(Serialize)]
struct Asked {
    state: State,
}

/// Queues a mail to the agency. At most one request of a kind is open: asking again changes
/// nothing. The tenant is told by mail once SES has taken the mail to the agency.
async fn handle(app: App, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    let state = retry_stale(|attempt| ask(&app, &tenant.account, &request, attempt)).await?;
    Reply::accepted_as(&Asked { state })
}

async fn ask(
    app: &App,
    read: &Account,
    request: &Request,
    attempt: u32,
) -> Result<Option<State>, Error> {
    let account = if attempt == 0 {
        read.clone()
    } else {
        let account = app.store.find_account(read.id).await?;
        account.filter(Account::is_active).ok_or(Error::Unauthenticated)?
    };
    if request.kind == AgencyRequestKind::StopPaperless && !account.paperless.granted {
        return Err(Error::field("kind", FieldCode::NotAllowed));
    }
    let now = app.clock.now();
    if account.open_request(request.kind, now).is_some() {
        return Ok(Some(State::AlreadyOpen));
    }
    let asked = AgencyRequest {
        kind: request.kind,
        lease: account.lease.clone(),
        message: request.message.clone(),
        settled: None,
    };
    let link = links::new(asked, now).made_for(account.id, account.epoch);
    let asked = app.store.ask_agency(&account, &link, AgencyRequest::MAIL).await?;
    Ok(asked.is_done().then_some(State::Sent))
}
