//! Takes the agency's answer to a request.

use serde::Serialize;
use shared::app::App;
use shared::audit::{self, By};
use shared::domain::{
    Account, AgencyRequestKind, Closure, LeaseReference, LinkId, Paperless, Purpose, Status,
};
use shared::error::Error;
use shared::http::{FollowedLink, Function, Reply, public};
use shared::store::{Addressed, AgencyRequest, EndedBy, Link, Notice};

/// How often an account that changes under an answer is looked at again.
const ATTEMPTS: u32 = 5;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// Says what was done, and for which lease.
#[derive(Serialize)]
struct Answered {
    kind: AgencyRequestKind,
    lease: LeaseReference,
}

/// Does what was asked, for the account that asked and no later one, and has the tenant told.
/// Following the link again changes nothing.
///
/// # Replies
///
/// - 200, what was done and for which lease
/// - 400 `link_invalid`; 410 `link_expired`, also when the account has its lease no more, or what
///   it asked was settled otherwise
async fn handle(app: App, followed: FollowedLink) -> Result<Reply, Error> {
    let id = app.keys.open_link(Purpose::AgencyRequest, &followed.token).await?;
    for _ in 0..ATTEMPTS {
        let link: Link<AgencyRequest> = app.store.link(id).await?;
        let AgencyRequest { kind, lease, .. } = link.payload.clone();
        let answered = Answered { kind, lease };
        if link.used_at.is_some() {
            return Reply::ok(&answered);
        }
        let Some(account) = account(&app, id, &link).await? else {
            // Unless the same link was used since it was read.
            let link: Link<AgencyRequest> = app.store.link(id).await?;
            return if link.used_at.is_some() {
                Reply::ok(&answered)
            } else {
                Err(Error::LinkExpired)
            };
        };
        audit::note(&app, By::AgencyLink, account.id, &followed.source);
        if answer(&app, id, &account, kind).await? {
            return Reply::ok(&answered);
        }
    }
    Err(Error::Unavailable("the account kept changing".into()))
}

/// The account that asked, if it is active, still has the lease it asked for, and waits for this
/// answer.
async fn account(
    app: &App,
    id: LinkId,
    link: &Link<AgencyRequest>,
) -> Result<Option<Account>, Error> {
    let account = match link.tenant {
        Some(tenant) => app.store.find_account(tenant).await?,
        None => None,
    };
    Ok(account
        .filter(|account| account.status == Status::Active && account.lease == link.payload.lease)
        .filter(|account| account.waits_for(id)))
}

async fn answer(
    app: &App,
    id: LinkId,
    account: &Account,
    kind: AgencyRequestKind,
) -> Result<bool, Error> {
    let about = Addressed::to(account);
    match kind {
        AgencyRequestKind::CloseAccount => {
            let closure = Closure { at: app.clock.now(), by: "agency".to_owned(), reason: None };
            let (by, months) = (EndedBy::Answer(id), app.config.erase_after_months);
            let notice = Notice::AccountClosed(about);
            app.store.deactivate(account, &closure, by, months, &notice).await
        }
        AgencyRequestKind::StopPaperless => {
            let notice = Notice::PaperlessStopped(about);
            let paper = Paperless::stopped_by_agency(app.clock.now());
            app.store.stop_paperless(account, &paper, Some(id), &notice).await
        }
    }
}
