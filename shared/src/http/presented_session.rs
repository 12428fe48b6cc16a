//! The session cookie of a call, not yet checked.

use super::{Call, cookies};
use crate::app::App;
use crate::domain::{Account, SessionId, SessionSecret, Standing};
use crate::error::Error;

/// A session that a browser presents with its cookie. It is not checked yet.
#[derive(Clone, Debug)]
pub struct PresentedSession {
    /// The id of the session.
    pub id: SessionId,
    /// The secret that the browser presents.
    pub secret: SessionSecret,
}

impl PresentedSession {
    /// The session in the cookie of `call`.
    #[must_use]
    pub fn of(call: &Call) -> Option<Self> {
        let (id, secret) = cookies::read_session(call.cookie(cookies::SESSION)?)?;
        Some(Self { id, secret })
    }

    /// Whether this is a live session of `account`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn is_of(&self, app: &App, account: &Account) -> Result<bool, Error> {
        let session = app.store.find_session(self.id).await?;
        let now = app.clock.now();
        Ok(session.is_some_and(|session| {
            session.belongs_to(account)
                && !session.has_expired(now)
                && session.standing(&self.secret, now) != Standing::Stolen
        }))
    }
}
