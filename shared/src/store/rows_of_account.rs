//! The rows of the tokens table that were made for an account: sessions, links, notices, acts.

use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::second;
use serde::Deserialize;

use super::links::MadeFor;
use super::outbox::{Notice, read_notice};
use super::query::Query;
use super::queue::{Final, Queue};
use super::{HeldAct, Item, Store, Table, key, pk, read, s};
use crate::domain::{
    Account, AgencyRequest, AgencyRequestKind, LeaseReference, LinkId, Message, Purpose,
    RequestState, Session, Settlement, TenantId,
};
use crate::error::{self, Error};
use crate::mail::MailName;

/// The unexpired rows of the tokens table that were made for an account, also if they open nothing.
#[derive(Debug, Default)]
pub struct Held {
    /// The sessions, last used first.
    pub sessions: Vec<Session>,
    /// The links, oldest first.
    pub links: Vec<HeldLink>,
    /// The notices, oldest first.
    pub notices: Vec<HeldNotice>,
    /// What happened to the account, oldest first.
    pub acts: Vec<HeldAct>,
}

/// A link made for an account.
#[derive(Clone, Debug)]
pub struct HeldLink {
    /// What the link is for.
    pub purpose: Purpose,
    /// The id of the link.
    pub id: LinkId,
    /// The link's row.
    pub row: LinkRow,
}

/// A request of the tenant to the agency, with where it stands.
#[derive(Clone, Debug)]
pub struct HeldRequest {
    /// The id of the agency's link.
    pub id: LinkId,
    /// What was asked.
    pub kind: AgencyRequestKind,
    /// The tenant's message.
    pub message: Option<Message>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Where it stands.
    pub state: RequestState,
    /// Why the agency refused it.
    pub reason: Option<Message>,
    /// When it was settled, if that is known.
    pub settled_at: Option<Timestamp>,
}

/// The row of a link.
#[derive(Clone, Debug, Deserialize)]
pub struct LinkRow {
    /// When the link was asked for.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// When the link expires.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
    /// When the link was used; absent while it is unused.
    #[serde(default, with = "second::optional")]
    pub used_at: Option<Timestamp>,
    /// The account's epoch when the link was made.
    #[serde(default)]
    pub epoch: Option<u64>,
    /// The data that the operation needs.
    pub payload: serde_json::Value,
    /// The mail of the link.
    #[serde(flatten)]
    pub mail: MailRow,
}

/// A notice made for an account.
#[derive(Clone, Debug)]
pub struct HeldNotice {
    /// The notice.
    pub notice: Notice,
    /// When the notice was caused.
    pub created_at: Timestamp,
    /// When the notice expires.
    pub expires_at: Timestamp,
    /// The state of the mail.
    pub mail: MailRow,
}

/// The part of a row that is about its mail.
#[derive(Clone, Debug, Deserialize)]
pub struct MailRow {
    /// The kind of mail.
    #[serde(rename = "mail")]
    pub name: MailName,
    /// The mail's place in the queue.
    #[serde(flatten)]
    pub queue: Queue,
    /// The final state; absent while the mail waits.
    #[serde(default)]
    pub settled: Option<Final>,
    /// When the mail was settled; absent while it waits.
    #[serde(default, with = "second::optional")]
    pub settled_at: Option<Timestamp>,
}

impl Store {
    /// The unexpired sessions, links, notices and acts of `tenant`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn held(&self, tenant: TenantId) -> Result<Held, Error> {
        self.held_under(MadeFor::Account(tenant), |_| true).await
    }

    /// The unexpired sessions of `tenant`, last used first.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn sessions(&self, tenant: TenantId) -> Result<Vec<Session>, Error> {
        let is_session = |pk: &str| pk.starts_with(key::SESSION);
        let held = self.held_under(MadeFor::Account(tenant), is_session).await?;
        Ok(held.sessions)
    }

    /// The requests of `tenant` to the agency, oldest first.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn requests(&self, tenant: TenantId) -> Result<Vec<HeldLink>, Error> {
        let is_request = |pk: &str| {
            key::read_link(pk).is_some_and(|(purpose, _)| purpose == Purpose::AgencyRequest)
        };
        Ok(self.held_under(MadeFor::Account(tenant), is_request).await?.links)
    }

    /// The unexpired registrations that wait to become the account of `lease`, oldest first.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn waiting(&self, lease: &LeaseReference) -> Result<Vec<HeldLink>, Error> {
        let lease = MadeFor::Lease(lease.clone());
        let mut links = self.held_under(lease, |_| true).await?.links;
        // The index may lag behind an activation.
        links.retain(|link| link.purpose == Purpose::Registration && link.row.used_at.is_none());
        Ok(links)
    }

    /// The unexpired rows that are made for `owner` and have `wanted` keys.
    async fn held_under(
        &self,
        owner: MadeFor,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Held, Error> {
        let now = self.clock.now();
        let mut held = Held::default();
        let mut rows = self.rows_of(owner, wanted).await?;
        // The keys of acts sort by time.
        rows.sort_by(|one, other| pk(one).cmp(pk(other)));
        for row in rows {
            // An unreadable row must not hide the others.
            if let Err(error) = held.take(row) {
                tracing::warn!(error = error::chain(&error), "a row cannot be read");
            }
        }
        held.sessions.retain(|session| !session.has_expired(now));
        held.links.retain(|link| link.row.expires_at > now);
        held.notices.retain(|notice| notice.expires_at > now);
        held.acts.retain(|act| act.expires_at > now);
        held.sessions.sort_by_key(|session| std::cmp::Reverse(session.seen_at));
        held.links.sort_by_key(|link| link.row.created_at);
        held.notices.sort_by_key(|notice| notice.created_at);
        Ok(held)
    }

    /// The rows of the tokens table that are made for `owner`. The index gives the keys, the table the
    /// present rows.
    async fn rows_of(
        &self,
        owner: MadeFor,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Item>, Error> {
        let query = Query {
            table: Table::Tokens,
            index: key::BY_TENANT,
            hash: ("tenant", s(String::from(owner))),
            range: None,
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

impl HeldLink {
    /// The request of `account` that this link answers. `None` for another link or an unreadable
    /// row, and for a request that was dropped: when the household changed its lease, or when an
    /// account was closed that wanted paper.
    #[must_use]
    pub fn request(&self, account: &Account) -> Option<HeldRequest> {
        if self.purpose != Purpose::AgencyRequest {
            return None;
        }
        let request: AgencyRequest = serde_json::from_value(self.row.payload.clone()).ok()?;
        let AgencyRequest { kind, message, settled, .. } = request;
        let (id, asked_at) = (self.id, self.row.created_at);
        let held = |state, reason, settled_at| {
            Some(HeldRequest { id, kind, message, asked_at, state, reason, settled_at })
        };
        if let Some(Settlement { state, at, reason }) = settled {
            return held(state, reason, Some(at));
        }
        if account.waits_for(id) {
            return held(RequestState::Open, None, None);
        }
        // The agency can do what was asked without the link.
        let done_at = match kind {
            AgencyRequestKind::StopPaperless => {
                (!account.paperless.granted).then_some(account.paperless.since)
            }
            AgencyRequestKind::CloseAccount => account.closure.as_ref().map(|closure| closure.at),
        };
        done_at.filter(|at| *at >= asked_at)?;
        held(RequestState::Done, None, None)
    }
}

impl Held {
    fn take(&mut self, row: Item) -> Result<(), Error> {
        let key = pk(&row).to_owned();
        if key.starts_with(key::SESSION) {
            self.sessions.push(read(row)?);
        } else if key.starts_with(key::NOTICE) {
            self.notices.push(held_notice(row)?);
        } else if key.starts_with(key::ACT) {
            self.acts.push(read(row)?);
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
