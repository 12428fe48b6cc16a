//! The rows of mailed links. [`crate::links`] says what following a link means.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::queue::{Final, Queue};
use super::rules;
use super::{Store, Table, Write, item, key, read};
use crate::domain::{LeaseReference, LinkId, NotAnId, Purpose, TenantId};
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
    /// The lease that a registration waits for; absent once it has become an account.
    pub waits_for: Option<LeaseReference>,
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
    tenant: Option<MadeFor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    payload: P,
}

/// What a row of the tokens table is made for, as the index `by_tenant` has it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(super) enum MadeFor {
    /// An account.
    Account(TenantId),
    /// A lease that has no account yet, as far as the row knows.
    Lease(LeaseReference),
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

impl MadeFor {
    const LEASE: &str = "lease:";

    pub(super) fn account(&self) -> Option<TenantId> {
        match self {
            Self::Account(id) => Some(*id),
            Self::Lease(_) => None,
        }
    }

    fn lease(self) -> Option<LeaseReference> {
        match self {
            Self::Account(_) => None,
            Self::Lease(reference) => Some(reference),
        }
    }
}

impl TryFrom<String> for MadeFor {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        match text.strip_prefix(Self::LEASE) {
            None => TenantId::try_from(text).map(Self::Account),
            Some(lease) => {
                LeaseReference::try_from(lease.to_owned()).map(Self::Lease).map_err(|_| NotAnId)
            }
        }
    }
}

impl From<MadeFor> for String {
    fn from(made_for: MadeFor) -> Self {
        match made_for {
            MadeFor::Account(id) => id.to_string(),
            MadeFor::Lease(reference) => format!("{}{reference}", MadeFor::LEASE),
        }
    }
}

impl<P> Link<P> {
    /// The link, made for `tenant` at `epoch`.
    #[must_use]
    pub fn made_for(self, tenant: TenantId, epoch: u64) -> Self {
        Self { tenant: Some(tenant), epoch: Some(epoch), ..self }
    }

    /// The link of a registration that waits to become the account of `lease`.
    #[must_use]
    pub fn waiting_for(self, lease: LeaseReference) -> Self {
        Self { waits_for: Some(lease), ..self }
    }

    /// Whether the link has expired at `now`. DynamoDB may not have deleted its row yet.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) <= SignedDuration::ZERO
    }

    fn made_for_any(&self) -> Option<MadeFor> {
        let account = self.tenant.map(MadeFor::Account);
        account.or_else(|| self.waits_for.clone().map(MadeFor::Lease))
    }

    pub(super) fn key(&self) -> String {
        key::link(self.purpose, self.id)
    }

    fn of(purpose: Purpose, id: LinkId, item: LinkItem<P>) -> Self {
        let LinkItem { created_at, expires_at, used_at, tenant: made_for, epoch, payload } = item;
        let tenant = made_for.as_ref().and_then(MadeFor::account);
        let waits_for = made_for.and_then(MadeFor::lease);
        Self { purpose, id, created_at, expires_at, used_at, tenant, waits_for, epoch, payload }
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
                tenant: self.made_for_any(),
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
