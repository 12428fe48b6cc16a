//! Issues a new access token for a session, and replaces the session's secret when it is due.

use shared::app::App;
use shared::audit::{By, Trail};
use shared::domain::{DeviceKind, Session, SessionSecret, Standing};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Call, FromCall, Function, PresentedSession, Reply, cookies, same_origin};
use shared::store::{TORN_READS, Write, retry_stale};
use shared::view::{self, SignedInView};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "A cookie older than an hour is replaced. The previous one stays valid until the new one \
    was presented, and for 30 seconds after. Any other is a copy: the session ends, and the \
    tenant is told by mail.",
    group: Group::Sessions,
    route: Route::post("/api/sessions/refresh"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::ok("An access token and the account", view::SIGNED_IN)
        .setting(&[cookies::SESSION])],
    problems: &[(
        Problem::Unauthenticated,
        "Without a session; of one that has ended, `reason` says why",
    )],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    same_origin(&OPERATION, handle)
}

/// A browser with a session cookie.
#[derive(Debug)]
pub struct Request {
    presented: PresentedSession,
    device_kind: DeviceKind,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let presented = PresentedSession::of(call).ok_or(Error::Unauthenticated)?;
        Ok(Self { presented, device_kind: call.device_kind(), trail: call.trail() })
    }
}

/// Issues an access token. A secret older than an hour is replaced. The previous secret stays valid
/// until the new one was presented, and for 30 seconds after. Until then it is answered with the
/// new one again. Any other secret is a copy: the session ends, and the tenant is told by mail. A
/// bearer of the secret of an ended session is told why, in the problem's `reason`: `expired`,
/// `revoked`, `copied`, `credentials_changed` or `account_closed`.
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    retry_stale(|attempt| refresh(&app, &request, attempt)).await
}

async fn refresh(app: &App, request: &Request, attempt: u32) -> Result<Option<Reply>, Error> {
    let PresentedSession { id, secret } = &request.presented;
    let now = app.clock.now();
    let Some(session) = app.store.find_session(*id).await? else {
        let ended = app.store.find_ended_session(*id).await?;
        let end = ended.and_then(|ended| ended.told_to(secret, now));
        return Err(end.map_or(Error::Unauthenticated, Error::SessionEnded));
    };
    let standing = session.standing(secret, now);
    match (session.has_expired(now), standing) {
        (true, Standing::Stolen) => return Err(Error::Unauthenticated),
        (true, _) => return Err(Error::SessionEnded(session.end(None, now))),
        (false, Standing::Stolen) => {
            request.trail.act(app, By::Tenant, session.tenant).await;
            app.store.end_stolen_session(&session, request.device_kind).await?;
            return Err(Error::Unauthenticated);
        }
        (false, _) => {}
    }
    let (kept, account) = futures_util::try_join!(
        keep(app, &session, secret, standing),
        app.store.find_account(session.tenant),
    )?;
    let account = match account {
        Some(account) if session.belongs_to(&account) => account,
        // The password may have been changed between the two reads, which moves the session to a
        // new epoch.
        _ if attempt < TORN_READS => return Ok(None),
        account => return Err(Error::SessionEnded(session.end(account.as_ref(), now))),
    };
    let Some((session, secret)) = kept else {
        return Ok(None);
    };
    let cookie = cookies::session(&session, &secret, now);
    let view = SignedInView::of(app, &account, session.id).await?;
    Ok(Some(Reply::ok(&view)?.with_cookie(&cookie)))
}

/// Records the use of the session, with the next secret if it is due. `None` if another tab was
/// faster: then read again.
async fn keep(
    app: &App,
    session: &Session,
    presented: &SessionSecret,
    standing: Standing,
) -> Result<Option<(Session, SessionSecret)>, Error> {
    let now = app.clock.now();
    let mut next = session.clone();
    next.use_at(now);
    let secret = match standing {
        Standing::Fresh | Standing::Stolen => {
            if next.previous.is_some() {
                next.new_seen.get_or_insert(now);
            }
            presented.clone()
        }
        Standing::Stale => {
            let secret = app.keys.next_session_secret(session.id, presented, now).await;
            next.previous = Some(session.secret.clone());
            next.secret = secret.hash();
            next.rotated_at = now;
            next.new_seen = None;
            secret
        }
        Standing::Superseded => {
            let replaced = app.keys.replaced_session_secret(session, presented).await?;
            replaced.ok_or(Error::Unauthenticated)?
        }
    };
    Ok(match app.store.update_session(&next, session).await? {
        Write::Done => Some((next, secret)),
        Write::Stale | Write::Refused(_) => None,
    })
}
