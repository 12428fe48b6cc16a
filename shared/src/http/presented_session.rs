//! A session that a browser presents by its cookie.

use super::{Call, cookies};
use crate::app::App;
use crate::domain::{Account, SessionId, SessionSecret, Standing};
use crate::error::Error;

/// A session that a browser presents by its cookie: nothing is known of it yet.
#[derive(Clone, Debug)]
pub struct PresentedSession {
    /// Its id.
    pub id: SessionId,
    /// The secret beside it.
    pub secret: SessionSecret,
}

impl PresentedSession {
    /// The one that `call` presents, if it does.
    #[must_use]
    pub fn of(call: &Call) -> Option<Self> {
        let (id, secret) = cookies::read_session(call.cookie(cookies::SESSION)?)?;
        Some(Self { id, secret })
    }

    /// Whether it is a live session of `account`.
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
