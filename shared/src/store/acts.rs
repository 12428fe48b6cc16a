//! What happened to an account: a row for each act, written in the transaction of the act.
//!
//! So there is one row for each change of an account, and none without. A row is never changed. It
//! names no tenant and has no address, so that it may outlast the erasure of its account.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::{Store, Table, Write, item, key, rules};
use crate::domain::{Act, ByKind, TenantId, What};
use crate::error::Error;
use crate::random;

/// How long an act is kept: a year and a month.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The item of an act.
#[derive(Serialize)]
struct ActItem<'a> {
    tenant: TenantId,
    what: What,
    by: ByKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(with = "second::required")]
    at: Timestamp,
    #[serde(with = "second::required")]
    expires_at: Timestamp,
}

/// An act on an account, as it is stored.
#[derive(Clone, Debug, Deserialize)]
pub struct HeldAct {
    /// What happened: the name of a [`What`].
    pub what: String,
    /// The kind of actor.
    pub by: ByKind,
    /// The name of the member of staff, or the ARN of the agency's system.
    #[serde(default)]
    pub by_name: Option<String>,
    /// More about it.
    #[serde(default)]
    pub outcome: Option<String>,
    /// When it happened.
    #[serde(with = "second::required")]
    pub at: Timestamp,
    /// Until when it is kept.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
}

impl Store {
    /// Writes all of `actions`, which are `act` on the account `tenant`, and the act's row; or none.
    pub(super) async fn act(
        &self,
        tenant: TenantId,
        act: Act<'_>,
        mut actions: Vec<Action>,
    ) -> Result<Write, Error> {
        actions.push(self.record(tenant, act)?);
        self.transact(actions).await
    }

    /// Puts the row of `act` on the account `tenant`, as an action for the transaction of the act.
    pub(super) fn record(&self, tenant: TenantId, act: Act<'_>) -> Result<Action, Error> {
        let (at, order) = (self.clock.now(), self.clock.precise_now());
        let row = ActItem {
            tenant,
            what: act.what,
            by: act.by.kind(),
            by_name: act.by.name(),
            by_subject: act.by.staff(),
            outcome: act.outcome,
            at,
            expires_at: at.saturating_add(KEPT).unwrap_or(Timestamp::MAX),
        };
        let pk = key::act(tenant, order, random::bytes());
        Ok(Action::put(Table::Tokens, item(pk, &row)?, rules::new()))
    }
}
