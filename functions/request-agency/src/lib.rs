//! Asks something of the agency.

use shared::app::App;
use shared::domain::FieldCode;
use shared::domain::{AgencyRequestKind, LinkId, Message, Purpose, Status};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::random;
use shared::store::{Addressed, AgencyRequest, Link, Notice};

/// How often an account that changes under a request is looked at again.
const ATTEMPTS: u32 = 5;

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
        // A message left blank says nothing.
        let message = form.optional::<String>("message").filter(|text| !text.trim().is_empty());
        let message = message.and_then(|text| {
            Message::try_from(text).map_err(|code| form.reject("message", code)).ok()
        });
        form.finish(|| Some(Self { kind: kind?, message }))
    }
}

/// Has the agency asked by mail, and the tenant told that it is. One request of a kind is open at a
/// time: asking again changes nothing.
///
/// # Replies
///
/// - 202
/// - 401 `unauthenticated`
/// - 422 `invalid_fields`: `not_allowed` to leave paperless delivery without being in it
async fn handle(app: App, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    let mut account = tenant.account;
    for _ in 0..ATTEMPTS {
        if request.kind == AgencyRequestKind::StopPaperless && !account.paperless.granted {
            return Err(Error::field("kind", FieldCode::NotAllowed));
        }
        let now = app.clock.now();
        if account.open_request(request.kind, now).is_some() {
            return Ok(Reply::accepted());
        }
        let id: LinkId = random::id();
        let asked = AgencyRequest {
            kind: request.kind,
            lease: account.lease.clone(),
            message: request.message.clone(),
        };
        let link = Link::to_be_mailed(id, Purpose::AgencyRequest, "agency-request", asked, now)
            .made_for(account.id, account.epoch);
        let about = Addressed::to(&account);
        let receipt = Notice::AgencyRequestReceived { about, kind: request.kind };
        if app.store.ask_agency(&account, id, &link, &receipt).await? {
            return Ok(Reply::accepted());
        }
        let now_active = app.store.find_account(account.id).await?;
        let now_active = now_active.filter(|account| account.status == Status::Active);
        account = now_active.ok_or(Error::Unauthenticated)?;
    }
    Err(Error::Unavailable("the account kept changing".into()))
}
