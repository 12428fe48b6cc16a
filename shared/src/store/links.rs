//! Mailed links.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::expression::s;
use super::{Store, item, key};
use crate::domain::{
    AgencyRequestKind, EmailAddress, Language, Lease, LeaseReference, LinkId, Message, Purpose,
    TenantId,
};
use crate::error::Error;
use crate::passwords::PasswordHash;

/// A mailed link with what it is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Link<P> {
    /// What it is for.
    pub purpose: Purpose,
    /// When it was asked for.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// From when it can be used no more.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
    /// When it was used.
    #[serde(default, with = "second::optional", skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// The account it was made for, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// That account's epoch when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// The mail that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// The shard of the index of unsent mails, until that one is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox: Option<String>,
    /// What it needs to be used.
    pub payload: P,
}

/// A household that wants an account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Registration {
    /// The lease as it was when they registered.
    pub lease: Lease,
    /// The identifier they chose.
    pub email: EmailAddress,
    /// The password they chose; forgotten once the link is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordHash>,
    /// The language they read.
    pub language: Language,
    /// Whether they want rent notices without paper.
    pub paperless: bool,
    /// The version of the terms they accepted.
    pub terms: String,
}

/// Somebody who has forgotten a password.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PasswordResetRequest {
    /// The address they gave.
    pub email: EmailAddress,
}

/// An account that is to have another address.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EmailChange {
    /// The address it is to have.
    pub email: EmailAddress,
}

/// An account whose address was changed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EmailChanged {
    /// The address it had, which the link gives back.
    pub email: EmailAddress,
    /// The address it was given.
    pub new: EmailAddress,
}

/// Something a tenant asks of the agency.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AgencyRequest {
    /// What.
    pub kind: AgencyRequestKind,
    /// The lease it is asked for.
    pub lease: LeaseReference,
    /// What the tenant says beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

impl<P> Link<P> {
    /// A link that a mail called `mail` is to carry from `now` on.
    #[must_use]
    pub fn to_be_mailed(
        id: LinkId,
        purpose: Purpose,
        mail: &str,
        payload: P,
        now: Timestamp,
    ) -> Self {
        let [first, ..] = id.bytes();
        Self {
            purpose,
            created_at: now,
            expires_at: now.saturating_add(purpose.lifetime()).unwrap_or(Timestamp::MAX),
            used_at: None,
            tenant: None,
            epoch: None,
            mail: Some(mail.to_owned()),
            outbox: Some(key::outbox_shard(*first)),
            payload,
        }
    }

    /// The same link, made for `tenant` at `epoch`.
    #[must_use]
    pub fn made_for(self, tenant: TenantId, epoch: u64) -> Self {
        Self { tenant: Some(tenant), epoch: Some(epoch), ..self }
    }

    /// Whether it can be used no more at `now`, swept or not.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) <= SignedDuration::ZERO
    }
}

impl Store {
    /// Keeps a link, which is also a mail to be sent. Doing it again changes nothing: its id is
    /// its own, so what stands there is what an answer was lost about.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn put_link<P: Serialize>(&self, id: LinkId, link: &Link<P>) -> Result<(), Error> {
        let item = item(key::link(id), link)?;
        self.insert(item).await
    }

    /// The link `id`, unless it has expired.
    ///
    /// # Errors
    ///
    /// `link_expired`, also when it is no longer there: it was made, so it has expired.
    pub async fn link<P: DeserializeOwned>(&self, id: LinkId) -> Result<Link<P>, Error> {
        let link: Option<Link<P>> = self.find(&self.tokens, key::link(id)).await?;
        match link {
            Some(link) if !link.has_expired(self.clock.now()) => Ok(link),
            _ => Err(Error::LinkExpired),
        }
    }

    /// Notes for which account, at which epoch, the link `id` was made.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn bind_link(&self, id: LinkId, tenant: TenantId, epoch: u64) -> Result<(), Error> {
        let update = || {
            self.client
                .update_item()
                .table_name(&self.tokens)
                .key("pk", s(key::link(id)))
                .update_expression("SET tenant = :tenant, epoch = :epoch")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_values(":tenant", s(tenant))
                .expression_attribute_values(":epoch", super::expression::n(epoch))
                .send()
        };
        self.write(update).await.map(|_| ())
    }
}
