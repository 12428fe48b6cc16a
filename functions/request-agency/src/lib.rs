//! Asks something of the agency.

use serde::Serialize;
use shared::app::App;
use shared::domain::{Account, AgencyRequest, AgencyRequestKind, FieldCode, Message};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::links::{self, Kind};
use shared::store::retry_stale;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(env!("CARGO_PKG_NAME"), handle)
}

/// What is asked.
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

/// Where the request stands now.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// The mail to the agency is on its way.
    Sent,
    /// Such a request is open: nothing was sent.
    AlreadyOpen,
}

#[derive(Serialize)]
struct Asked {
    state: State,
}

/// Has the agency asked by mail. One request of a kind is open at a time: asking again changes
/// nothing. The tenant is told that it was received once the mail to the agency was taken.
///
/// # Replies
///
/// - 202, whether it was sent or is open already
/// - 401 `unauthenticated`
/// - 422 `invalid_fields`: `not_allowed` to leave paperless delivery without being in it
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
