//! Everything that expires and was made for an account.

use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::second;
use serde::Deserialize;

use super::outbox::{Notice, read_notice};
use super::query::Query;
use super::queue::{Final, Queue};
use super::{Item, Store, Table, key, pk, read, s};
use crate::domain::{LinkId, Purpose, Session, TenantId};
use crate::error::{self, Error};
use crate::mail::MailName;

/// Everything that expires and was made for an account, whether it still opens anything or not.
#[derive(Debug, Default)]
pub struct Held {
    /// Its sessions, the one used last first.
    pub sessions: Vec<Session>,
    /// Its links, the one made first first.
    pub links: Vec<HeldLink>,
    /// Its other mails, the one caused first first.
    pub notices: Vec<HeldNotice>,
}

/// A link made for an account.
#[derive(Clone, Debug)]
pub struct HeldLink {
    /// Its purpose.
    pub purpose: Purpose,
    /// Its id.
    pub id: LinkId,
    /// What its row says.
    pub row: LinkRow,
}

/// What the row of a link says.
#[derive(Clone, Debug, Deserialize)]
pub struct LinkRow {
    /// When it was asked for.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// From when it can no longer be used.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
    /// When it was used.
    #[serde(default, with = "second::optional")]
    pub used_at: Option<Timestamp>,
    /// The account's epoch when it was made.
    #[serde(default)]
    pub epoch: Option<u64>,
    /// What it needs to be used.
    pub payload: serde_json::Value,
    /// The mail that carries it, and what became of that.
    #[serde(flatten)]
    pub mail: MailRow,
}

/// A mail without a link, for an account.
#[derive(Clone, Debug)]
pub struct HeldNotice {
    /// The notice.
    pub notice: Notice,
    /// When it was caused.
    pub created_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
    /// What became of it.
    pub mail: MailRow,
}

/// What the row of a mail says of its sending.
#[derive(Clone, Debug, Deserialize)]
pub struct MailRow {
    /// Its name.
    #[serde(rename = "mail")]
    pub name: MailName,
    /// Its place in the queue.
    #[serde(flatten)]
    pub queue: Queue,
    /// What became of it in the end.
    #[serde(default)]
    pub settled: Option<Final>,
    /// When.
    #[serde(default, with = "second::optional")]
    pub settled_at: Option<Timestamp>,
}

impl Store {
    /// Everything that expires and was made for `tenant`, of what has not expired.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn held(&self, tenant: TenantId) -> Result<Held, Error> {
        self.held_under(tenant, |_| true).await
    }

    /// The sessions of `tenant` that have not expired, the one used last first.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn sessions(&self, tenant: TenantId) -> Result<Vec<Session>, Error> {
        let held = self.held_under(tenant, |pk| pk.starts_with(key::SESSION)).await?;
        Ok(held.sessions)
    }

    /// What `tenant` has asked of the agency, the first first.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn requests(&self, tenant: TenantId) -> Result<Vec<HeldLink>, Error> {
        let is_request = |pk: &str| {
            key::read_link(pk).is_some_and(|(purpose, _)| purpose == Purpose::AgencyRequest)
        };
        Ok(self.held_under(tenant, is_request).await?.links)
    }

    /// What is held for `tenant` under the keys that are `wanted`.
    async fn held_under(
        &self,
        tenant: TenantId,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Held, Error> {
        let now = self.clock.now();
        let mut held = Held::default();
        for row in self.rows_of(tenant, wanted).await? {
            // One that cannot be read hides no other.
            if let Err(error) = held.take(row) {
                tracing::warn!(error = error::chain(&error), "a row cannot be read");
            }
        }
        held.sessions.retain(|session| !session.has_expired(now));
        held.links.retain(|link| link.row.expires_at > now);
        held.notices.retain(|notice| notice.expires_at > now);
        held.sessions.sort_by_key(|session| std::cmp::Reverse(session.seen_at));
        held.links.sort_by_key(|link| link.row.created_at);
        held.notices.sort_by_key(|notice| notice.created_at);
        Ok(held)
    }

    /// The rows of the table of what expires that name `tenant`: the index says which, the table
    /// what they are now.
    async fn rows_of(
        &self,
        tenant: TenantId,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Item>, Error> {
        let query = Query {
            table: Table::Tokens,
            index: key::BY_TENANT,
            hash: ("tenant", s(tenant)),
            until: None,
            page: None,
        };
        let mut keys = Vec::new();
        self.query(query, |item| {
            keys.extend(Some(pk(&item)).filter(|pk| wanted(pk)).map(str::to_owned));
            Ok(ControlFlow::Continue(()))
        })
        .await?;
        self.find_all(Table::Tokens, keys).await
    }
}

impl Held {
    fn take(&mut self, row: Item) -> Result<(), Error> {
        let key = pk(&row).to_owned();
        if key.starts_with(key::SESSION) {
            self.sessions.push(read(row)?);
        } else if key.starts_with(key::NOTICE) {
            self.notices.push(held_notice(row)?);
        } else if let Some((purpose, id)) = key::read_link(&key) {
            self.links.push(HeldLink { purpose, id, row: read(row)? });
        }
        Ok(())
    }
}

fn held_notice(row: Item) -> Result<HeldNotice, Error> {
    #[derive(Deserialize)]
    struct Kept {
        #[serde(with = "second::required")]
        created_at: Timestamp,
        #[serde(with = "second::required")]
        expires_at: Timestamp,
        #[serde(flatten)]
        mail: MailRow,
    }
    let notice = read_notice(row.clone())?;
    let Kept { created_at, expires_at, mail } = read(row)?;
    Ok(HeldNotice { notice, created_at, expires_at, mail })
}
