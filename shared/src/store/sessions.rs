//! Sessions.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::second;
use serde::Deserialize;

use super::expression::{delete, n, put_new, s};
use super::{Addressed, Item, Notice, Store, item, key, read, unavailable};
use crate::domain::{Purpose, SecretHash, Session, SessionId, TenantId};
use crate::error::Error;

/// A session as the index of an account's tokens shows it: without its secret.
#[derive(Clone, Debug, Deserialize)]
pub struct ListedSession {
    pk: String,
    epoch: u64,
    /// When it began.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// When it was used last.
    #[serde(with = "second::required")]
    pub seen_at: Timestamp,
    #[serde(with = "second::required")]
    expires_at: Timestamp,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Whether its cookie outlives the browser.
    pub persistent: bool,
}

/// A link or a mail held for an account, as the index of its tokens shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct Held {
    /// What it is for, if it is a link.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// The name of the mail.
    #[serde(default)]
    pub mail: Option<String>,
    /// When it was made.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// Until when it is kept.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
    /// When it was used.
    #[serde(default, with = "second::optional")]
    pub used_at: Option<Timestamp>,
}

impl ListedSession {
    /// What it is called.
    #[must_use]
    pub fn id(&self) -> &str {
        self.pk.strip_prefix(key::SESSION).unwrap_or_default()
    }
}

impl Store {
    /// The session `id`, expired or not.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_session(&self, id: SessionId) -> Result<Option<Session>, Error> {
        self.find(&self.tokens, key::session(id)).await
    }

    /// Keeps a session that begins.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn begin_session(&self, session: &Session) -> Result<(), Error> {
        let item = item(key::session(session.id), session)?;
        self.insert(item).await
    }

    /// Keeps `session` as it is now if its secret still is `secret`, and no change of password has
    /// carried it along to another epoch meanwhile; whether it was.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn update_session(
        &self,
        session: &Session,
        secret: &SecretHash,
    ) -> Result<bool, Error> {
        let item = item(key::session(session.id), session)?;
        let put = || {
            self.client
                .put_item()
                .table_name(&self.tokens)
                .set_item(Some(item.clone()))
                .condition_expression("secret = :secret AND epoch = :epoch AND expires_at > :now")
                .expression_attribute_values(":secret", s(secret.as_str()))
                .expression_attribute_values(":epoch", n(session.epoch))
                .expression_attribute_values(":now", n(self.clock.now().as_second()))
                .send()
        };
        self.write(put).await.map(|written| written.is_some())
    }

    /// Ends the session `id` if it is one of `tenant`; whether it was.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn end_session(&self, id: SessionId, tenant: TenantId) -> Result<bool, Error> {
        let delete = || {
            self.client
                .delete_item()
                .table_name(&self.tokens)
                .key("pk", s(key::session(id)))
                .condition_expression("tenant = :tenant")
                .expression_attribute_values(":tenant", s(tenant))
                .send()
        };
        self.write(delete).await.map(|deleted| deleted.is_some())
    }

    /// Ends a session of which somebody kept a copy, and tells the tenant by mail, once. One that
    /// has ended already is left alone.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn end_stolen_session(&self, session: &Session) -> Result<(), Error> {
        let account = self.find_account(session.tenant).await?;
        let live = !session.has_expired(self.clock.now());
        let Some(account) = account.filter(|account| live && session.belongs_to(account)) else {
            return Ok(());
        };
        let notice = Notice::SessionTheft(Addressed::to(&account));
        let end = delete(&self.tokens, key::session(session.id), "attribute_exists(pk)", vec![])?;
        let tell = put_new(&self.tokens, self.notice(&notice)?)?;
        self.transact(vec![end, tell]).await.map(|_| ())
    }

    /// The sessions of `tenant` at `epoch` that have not ended, the one used last first.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn sessions(
        &self,
        tenant: TenantId,
        epoch: u64,
    ) -> Result<Vec<ListedSession>, Error> {
        let now = self.clock.now();
        let mut sessions: Vec<ListedSession> = Vec::new();
        for row in self.tokens_of(tenant).await? {
            let pk = row.get("pk").and_then(|pk| pk.as_s().ok());
            if pk.is_some_and(|pk| pk.starts_with(key::SESSION)) {
                let session: ListedSession = read(row)?;
                if session.epoch == epoch && session.expires_at > now {
                    sessions.push(session);
                }
            }
        }
        sessions.sort_by_key(|session| std::cmp::Reverse(session.seen_at));
        Ok(sessions)
    }

    /// The links and mails held for `tenant` that have not expired.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn held(&self, tenant: TenantId) -> Result<Vec<Held>, Error> {
        let now = self.clock.now();
        let mut held: Vec<Held> = Vec::new();
        for row in self.tokens_of(tenant).await? {
            let pk = row.get("pk").and_then(|pk| pk.as_s().ok());
            if pk.is_some_and(|pk| !pk.starts_with(key::SESSION)) {
                held.push(read(row)?);
            }
        }
        held.retain(|held| held.expires_at > now);
        held.sort_by_key(|held| held.created_at);
        Ok(held)
    }

    /// Everything that expires and was made for `tenant`, as the index shows it.
    pub(super) async fn tokens_of(&self, tenant: TenantId) -> Result<Vec<Item>, Error> {
        let pages = self
            .client
            .query()
            .table_name(&self.tokens)
            .index_name(key::BY_TENANT)
            .key_condition_expression("tenant = :tenant")
            .expression_attribute_values(":tenant", s(tenant))
            .into_paginator()
            .items()
            .send();
        pages.collect::<Result<Vec<Item>, _>>().await.map_err(unavailable)
    }
}
