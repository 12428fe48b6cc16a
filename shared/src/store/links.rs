//! The rows of mailed links. [`crate::links`] says what following a link means.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::queue::{Final, Queue};
use super::rules;
use super::{Store, Table, Write, item, key, read};
use crate::domain::{LinkId, Purpose, TenantId};
use crate::error::Error;
use crate::mail::MailName;

/// A mailed link with its payload. Made by [`crate::links::new`].
#[derive(Clone, Debug)]
pub struct Link<P> {
    /// What the link is for.
    pub purpose: Purpose,
    /// The id, which the token contains.
    pub id: LinkId,
    /// When the link was asked for.
    pub created_at: Timestamp,
    /// When the link expires.
    pub expires_at: Timestamp,
    /// When the link was used; absent while it is unused.
    pub used_at: Option<Timestamp>,
    /// The account that the link is for; absent until that is known.
    pub tenant: Option<TenantId>,
    /// The account's epoch when the link was made.
    pub epoch: Option<u64>,
    /// The data that the operation needs.
    pub payload: P,
}

/// The item of a link, as stored.
#[derive(Deserialize, Serialize)]
struct LinkItem<P> {
    #[serde(with = "second::required")]
    created_at: Timestamp,
    #[serde(with = "second::required")]
    expires_at: Timestamp,
    #[serde(default, with = "second::optional", skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    payload: P,
}

/// The item of a link that waits to be mailed.
#[derive(Serialize)]
struct MailedLinkItem<'a, P> {
    #[serde(flatten)]
    link: LinkItem<&'a P>,
    mail: MailName,
    #[serde(flatten)]
    queue: Queue,
}

impl<P> Link<P> {
    /// The link, made for `tenant` at `epoch`.
    #[must_use]
    pub fn made_for(self, tenant: TenantId, epoch: u64) -> Self {
        Self { tenant: Some(tenant), epoch: Some(epoch), ..self }
    }

    /// Whether the link has expired at `now`. DynamoDB may not have deleted its row yet.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) <= SignedDuration::ZERO
    }

    pub(super) fn key(&self) -> String {
        key::link(self.purpose, self.id)
    }

    fn of(purpose: Purpose, id: LinkId, item: LinkItem<P>) -> Self {
        let LinkItem { created_at, expires_at, used_at, tenant, epoch, payload } = item;
        Self { purpose, id, created_at, expires_at, used_at, tenant, epoch, payload }
    }
}

impl<P: Serialize> Link<P> {
    /// Puts the link's row, to be mailed as `mail`.
    pub(super) fn insertion(&self, mail: MailName) -> Result<Action, Error> {
        let row = MailedLinkItem {
            link: LinkItem {
                created_at: self.created_at,
                expires_at: self.expires_at,
                used_at: self.used_at,
                tenant: self.tenant,
                epoch: self.epoch,
                payload: &self.payload,
            },
            mail,
            queue: Queue::new(self.id.bytes(), self.created_at),
        };
        Ok(Action::put(Table::Tokens, item(self.key(), &row)?, rules::new()))
    }
}

/// Reads a link from its row.
pub(super) fn read_link<P: DeserializeOwned>(
    purpose: Purpose,
    id: LinkId,
    item: super::Item,
) -> Result<Link<P>, Error> {
    Ok(Link::of(purpose, id, read(item)?))
}

impl Store {
    /// Puts the row of a link, to be mailed as `mail`. A repeated call changes nothing.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn put_link<P: Serialize>(
        &self,
        link: &Link<P>,
        mail: MailName,
    ) -> Result<(), Error> {
        self.insert(link.insertion(mail)?).await
    }

    /// The link `id` of this purpose, expired or not.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_link<P: DeserializeOwned>(
        &self,
        purpose: Purpose,
        id: LinkId,
    ) -> Result<Option<Link<P>>, Error> {
        let found = self.find_item(Table::Tokens, key::link(purpose, id)).await?;
        found.map(|item| read_link(purpose, id, item)).transpose()
    }

    /// Records the account and the epoch of `link`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn bind_link<P>(
        &self,
        link: &Link<P>,
        tenant: TenantId,
        epoch: u64,
    ) -> Result<Write, Error> {
        let unbound = rules::link_unbound(tenant, epoch)?;
        let bind = Action::update(Table::Tokens, link.key(), unbound)
            .set("tenant", &tenant)
            .set("epoch", &epoch);
        self.write(bind).await
    }

    /// Writes an item with a new random id. An item with this id is our own earlier write whose
    /// response was lost, so it is not an error.
    pub(super) async fn insert(&self, action: Action) -> Result<(), Error> {
        match self.write(action).await? {
            Write::Done | Write::Stale | Write::Refused(_) => Ok(()),
        }
    }
}

/// Marks `link`, which must be unused and unexpired, as used. A mail of it that still waits is not
/// sent.
pub(super) fn use_link<P>(link: &Link<P>, now: Timestamp) -> Action {
    Action::update(Table::Tokens, link.key(), rules::link_usable(now))
        .set("used_at", &now.as_second())
        .remove("outbox")
        .remove("try_at")
        .set("settled", &Final::Sent)
        .set("settled_at", &now.as_second())
}
