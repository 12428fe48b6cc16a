//! Authentication of the landlord's staff, by the cookie of their session.

use super::{Call, cookies};
use crate::app::App;
use crate::audit::{By, Trail};
use crate::domain::{Account, Lease, LeaseReference, StaffAct, StaffMember, StaffSession};
use crate::error::Error;

/// A member of staff with a live session, whose role may do what is called.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Who it is.
    pub member: StaffMember,
    /// The session.
    pub session: StaffSession,
    /// The trail of the call.
    pub trail: Trail,
}

impl Staff {
    /// Checks the session, then the role. Records the use, at most once a minute.
    pub(super) async fn authenticate(app: &App, call: &Call, act: StaffAct) -> Result<Self, Error> {
        let cookie = call.cookie(cookies::STAFF).and_then(cookies::read_session);
        let (id, secret) = cookie.ok_or(Error::Unauthenticated)?;
        let session = app.store.find_staff_session(id).await?;
        let session = session.filter(|session| session.secret.is_of(&secret));
        let session = session.ok_or(Error::Unauthenticated)?;
        let now = app.clock.now();
        if session.has_expired(now) {
            return Err(Error::Unauthenticated);
        }
        // Every call of staff is in the trail, also one that is refused.
        let staff = Self { member: session.member.clone(), session, trail: call.trail() };
        staff.trail.act_on_none(app, staff.by()).await;
        let session = &staff.session;
        if !session.member.role.may(act) {
            return Err(Error::RoleForbids);
        }
        match session.used_at(now) {
            Some(used) if app.store.use_staff_session(&used).await?.is_done() => {
                Ok(Self { session: used, ..staff })
            }
            // Signed out meanwhile.
            Some(_) => Err(Error::Unauthenticated),
            None => Ok(staff),
        }
    }

    /// Who acts, for the audit trail.
    #[must_use]
    pub fn by(&self) -> By {
        let StaffMember { subject, name, .. } = self.member.clone();
        By::Staff { subject, name }
    }

    /// Records that this call is an act on `account`.
    pub async fn act_on(&self, app: &App, account: &Account) {
        self.trail.act(app, self.by(), account.id).await;
    }

    /// Records that this person asks for the household with `lease`.
    pub fn asks_for(&self, app: &App, lease: &LeaseReference) {
        self.trail.about(app.subjects.hash(lease.as_str()));
    }

    /// `lease`, if the agencies that this person may see cover it. One that they do not cover is
    /// answered as one that does not exist.
    ///
    /// # Errors
    ///
    /// `not_found`.
    pub fn sees(&self, lease: Option<Lease>) -> Result<Lease, Error> {
        let covered = |lease: &Lease| self.member.agencies.cover(&lease.terms.agency);
        lease.filter(covered).ok_or(Error::NotFound)
    }
}
