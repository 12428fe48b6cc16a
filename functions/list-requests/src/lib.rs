//! Lists what a tenant has asked of the agency.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::{
    Account, AgencyRequest, AgencyRequestKind, Message, RequestState, Settlement,
};
use shared::error::Error;
use shared::http::{Function, Reply, SignedIn, signed_in};
use shared::store::HeldLink;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(env!("CARGO_PKG_NAME"), handle)
}

#[derive(Serialize)]
struct Requests {
    requests: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    kind: AgencyRequestKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    asked_at: Timestamp,
    state: RequestState,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
}

/// Lists the requests of the last 30 days, the newest first, and where each stands.
///
/// # Replies
///
/// - 200, the requests
/// - 401 `unauthenticated`
async fn handle(app: App, tenant: SignedIn, (): ()) -> Result<Reply, Error> {
    let requests = app.store.requests(tenant.account.id).await?;
    let requests = requests.iter().rev().filter_map(|link| shown(&tenant.account, link));
    Reply::ok(&Requests { requests: requests.collect() })
}

/// The request of `link`. `None` of one that was not settled and is open no more: it went with the
/// lease that it was asked for, when the household moved. Nor of one that cannot be read.
fn shown(account: &Account, link: &HeldLink) -> Option<Shown> {
    let request: AgencyRequest = serde_json::from_value(link.row.payload.clone()).ok()?;
    let AgencyRequest { kind, message, settled, .. } = request;
    let asked_at = link.row.created_at;
    if let Some(Settlement { state, at, reason }) = settled {
        return Some(Shown { kind, message, asked_at, state, reason, settled_at: Some(at) });
    }
    let state = if account.waits_for(link.id) {
        RequestState::Open
    } else {
        // The agency's own system has paper come again without the link. One that asked to close the
        // account is not here to be shown, for then there is no account.
        let paper = !account.paperless.granted && account.paperless.since >= asked_at;
        (kind == AgencyRequestKind::StopPaperless && paper).then_some(RequestState::Done)?
    };
    Some(Shown { kind, message, asked_at, state, reason: None, settled_at: None })
}
