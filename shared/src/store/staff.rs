//! Sessions of the landlord's staff.

use super::action::Action;
use super::rules;
use super::{Store, Table, Write, item, key};
use crate::domain::{SessionId, SessionSecret, StaffSession};
use crate::error::Error;

impl Store {
    /// The session `id` of a member of staff, expired or not.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_staff_session(&self, id: SessionId) -> Result<Option<StaffSession>, Error> {
        self.find(Table::Tokens, key::staff_session(id)).await
    }

    /// Puts a new session of a member of staff.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn begin_staff_session(&self, session: &StaffSession) -> Result<(), Error> {
        let row = item(key::staff_session(session.id), session)?;
        self.insert(Action::put(Table::Tokens, row, rules::new())).await
    }

    /// Records the use of `session`, unless it has ended meanwhile: then stale.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn use_staff_session(&self, session: &StaffSession) -> Result<Write, Error> {
        let kept = rules::session_kept();
        let update = Action::update(Table::Tokens, key::staff_session(session.id), kept)
            .set("seen_at", &session.seen_at.as_second())
            .set("expires_at", &session.expires_at.as_second());
        self.write(update).await
    }

    /// Ends the session `id` of a member of staff, if `secret` is its own.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn end_staff_session_of(
        &self,
        id: SessionId,
        secret: &SessionSecret,
    ) -> Result<(), Error> {
        let session = self.find_staff_session(id).await?;
        if session.is_some_and(|session| session.secret.is_of(secret)) {
            let delete = Action::delete(Table::Tokens, key::staff_session(id), rules::always());
            let _ = self.write(delete).await?;
        }
        Ok(())
    }
}
