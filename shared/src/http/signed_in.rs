//! Authentication by access token.

use jiff::Timestamp;

use super::{Call, cookies};
use crate::app::App;
use crate::audit::{By, Trail};
use crate::authentication::Claimant;
use crate::domain::{Account, DeviceKind, Occasion, Session, SessionId, TenantId};
use crate::error::Error;
use crate::store::{TORN_READS, retry_stale};

/// A tenant with a live session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account, as stored.
    pub account: Account,
    /// The session that the access token was issued to.
    pub session: SessionId,
    /// The value of the browser's device cookie.
    pub device: Option<String>,
    /// The kind of device that the call names.
    pub device_kind: DeviceKind,
    /// The trail of the call.
    pub trail: Trail,
}

impl SignedIn {
    /// Checks the access token, then reads account and session concurrently. An ended session is
    /// refused at once, also while its token is still valid.
    pub(super) async fn authenticate(app: &App, call: &Call) -> Result<Self, Error> {
        let token = call.bearer().ok_or(Error::Unauthenticated)?;
        let claims = app.keys.read_access_token(token, &app.config).await?;
        let claims = claims.ok_or(Error::Unauthenticated)?;
        let found =
            retry_stale(|attempt| find(app, claims.tenant, claims.session, attempt)).await?;
        let (account, session) = found.ok_or(Error::Unauthenticated)?;
        if session.has_expired(app.clock.now()) {
            return Err(Error::Unauthenticated);
        }
        let trail = call.trail();
        trail.act(app, By::Tenant, account.id).await;
        let device = call.cookie(cookies::DEVICE).map(str::to_owned);
        let device_kind = call.device_kind();
        Ok(Self { account, session: session.id, device, device_kind, trail })
    }

    /// The occasion of this call at `now`, for the mail about it.
    #[must_use]
    pub fn occasion(&self, now: Timestamp) -> Occasion {
        Occasion::from_device(now, self.device_kind)
    }

    /// The claimant, for asking for the password again.
    #[must_use]
    pub fn claimant(&self) -> Claimant<'_> {
        Claimant {
            email: &self.account.email,
            device: self.device.as_deref(),
            source: self.trail.source(),
        }
    }
}

/// Reads the account and the session. `Some(None)` if the session is not the account's. A change of
/// password moves both to a new epoch, and may be seen in one and not yet in the other: then `None`,
/// to read again.
async fn find(
    app: &App,
    tenant: TenantId,
    session: SessionId,
    attempt: u32,
) -> Result<Option<Option<(Account, Session)>>, Error> {
    let (account, session) =
        futures_util::try_join!(app.store.find_account(tenant), app.store.find_session(session))?;
    Ok(match (account, session) {
        (Some(account), Some(session)) if session.belongs_to(&account) => {
            Some(Some((account, session)))
        }
        (Some(_), Some(_)) if attempt < TORN_READS => None,
        _ => Some(None),
    })
}
