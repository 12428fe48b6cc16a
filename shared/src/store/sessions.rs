//! Sessions.

use super::action::Action;
use super::rules;
use super::{Notice, Store, Table, Write, item, key};
use crate::domain::{
    By, DeviceKind, EndOfSession, EndedSession, Occasion, Session, SessionId, TenantId, What,
};
use crate::error::Error;
use crate::mail::{Mail, session_theft};

impl Store {
    /// The session `id`, expired or not.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_session(&self, id: SessionId) -> Result<Option<Session>, Error> {
        self.find(Table::Tokens, key::session(id)).await
    }

    /// Puts a new session.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn begin_session(&self, session: &Session) -> Result<(), Error> {
        let row = item(key::session(session.id), session)?;
        self.insert(Action::put(Table::Tokens, row, rules::new())).await
    }

    /// Writes `session` if the stored one still has the secret and the epoch of `read`: no other
    /// tab has replaced the secret, and no change of password has moved the session to another
    /// epoch.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn update_session(&self, session: &Session, read: &Session) -> Result<Write, Error> {
        let row = item(key::session(session.id), session)?;
        let as_read = rules::session_as_read(read, self.clock.now())?;
        self.write(Action::put(Table::Tokens, row, as_read)).await
    }

    /// Why the session `id` was ended early. `None` after a sign-out.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_ended_session(&self, id: SessionId) -> Result<Option<EndedSession>, Error> {
        self.find(Table::Tokens, key::ended_session(id)).await
    }

    /// Ends the session `id`, if it belongs to `tenant`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn end_session(&self, id: SessionId, tenant: TenantId) -> Result<Write, Error> {
        let owned = rules::session_owned(tenant)?;
        self.write(Action::delete(Table::Tokens, key::session(id), owned)).await
    }

    /// Ends `session` from another browser of its tenant, and keeps the reason for the session's
    /// own browser. Stale: the secret was replaced, or the session has ended.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn revoke_session(&self, session: &Session) -> Result<Write, Error> {
        let as_read = rules::session_owned_as_read(session)?;
        let delete = Action::delete(Table::Tokens, key::session(session.id), as_read);
        self.transact(vec![delete, ended(session, EndOfSession::Revoked)?]).await
    }

    /// Ends a session whose cookie was copied, and queues one mail to the tenant. The mail names
    /// the `device` that presented the copy now. A session that has already ended is left alone.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn end_stolen_session(
        &self,
        session: &Session,
        device: DeviceKind,
    ) -> Result<(), Error> {
        let account = self.find_account(session.tenant).await?;
        let now = self.clock.now();
        let live = !session.has_expired(now);
        let Some(account) = account.filter(|account| live && session.belongs_to(account)) else {
            return Ok(());
        };
        let occasion = Some(Occasion::from_device(now, device));
        let notice = Notice::to(&account, Mail::SessionTheft(session_theft::Payload { occasion }));
        let kept = rules::session_kept();
        let end = Action::delete(Table::Tokens, key::session(session.id), kept);
        let ended = ended(session, EndOfSession::Copied)?;
        let stolen = What::SessionStolen.by(&By::Tenant);
        let _ = self.act(account.id, stolen, vec![end, ended, self.tell(&notice)?]).await?;
        Ok(())
    }
}

/// Puts the row that keeps why `session` ended.
fn ended(session: &Session, end: EndOfSession) -> Result<Action, Error> {
    let row = item(key::ended_session(session.id), &EndedSession::of(session, end))?;
    Ok(Action::put(Table::Tokens, row, rules::always()))
}
