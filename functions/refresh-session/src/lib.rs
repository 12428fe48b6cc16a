//! Issues another access token to a session, and replaces its secret in time.

use shared::app::App;
use shared::audit::{self, By};
use shared::domain::{Session, SessionId, SessionSecret, Standing};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::view::SignedInView;

/// How often a session that another tab refreshes at the same time is looked at again.
const ATTEMPTS: u32 = 4;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// A browser with a session cookie.
#[derive(Debug)]
pub struct Request {
    id: SessionId,
    secret: SessionSecret,
    source: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        call.check_same_origin()?;
        let cookie = call.cookie(cookies::SESSION).and_then(cookies::read_session);
        let (id, secret) = cookie.ok_or(Error::Unauthenticated)?;
        Ok(Self { id, secret, source: call.source() })
    }
}

/// Issues an access token. A secret older than an hour is replaced; the one before stays good until
/// the new one has been seen, and is then answered with that one again. Any other is a copy: the
/// session ends, and the tenant is told.
///
/// # Replies
///
/// - 200, an access token, the account, and the cookie
/// - 401 `unauthenticated`
/// - 403 `forbidden`, from another origin
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    for attempt in 0..ATTEMPTS {
        let session = app.store.find_session(request.id).await?;
        let now = app.clock.now();
        let session = session.filter(|session| !session.has_expired(now));
        let session = session.ok_or(Error::Unauthenticated)?;
        let standing = session.standing(&request.secret, now);
        if standing == Standing::Stolen {
            audit::note(&app, By::Tenant, session.tenant, &request.source);
            app.store.end_stolen_session(&session).await?;
            return Err(Error::Unauthenticated);
        }
        let (kept, account) = futures_util::try_join!(
            keep(&app, &session, &request.secret, standing),
            app.store.find_account(session.tenant),
        )?;
        let account = account.filter(|account| session.belongs_to(account));
        let Some(account) = account else {
            // Perhaps the password was changed between the two reads, and took the session along.
            if attempt == 0 {
                continue;
            }
            return Err(Error::Unauthenticated);
        };
        if let Some((session, secret)) = kept {
            let cookie = cookies::session(&session, &secret, now);
            let view = SignedInView::of(&app, &account, session.id)?;
            return Ok(Reply::ok(&view)?.with_cookie(&cookie));
        }
    }
    Err(Error::Unavailable("the session kept changing".into()))
}

/// Writes that the session was used, with its next secret if that is due. `None` when another tab
/// was quicker: look again.
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
            let secret = app.keys.next_session_secret(session.id, presented, now)?;
            next.previous = Some(session.secret.clone());
            next.secret = secret.hash();
            next.rotated_at = now;
            next.new_seen = None;
            secret
        }
        Standing::Superseded => {
            let replaced = app.keys.replaced_session_secret(session, presented).await;
            replaced.ok_or(Error::Unauthenticated)?
        }
    };
    let kept = app.store.update_session(&next, &session.secret).await?;
    Ok(kept.then_some((next, secret)))
}
