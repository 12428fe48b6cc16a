//! The audit trail: one structured line per act on an account, never a secret or an address.
//!
//! Each call carries its [`Trail`]. A handler names the account as soon as it knows it, with
//! [`Trail::act`]. The line is written after the call, with its outcome.

use std::sync::{Arc, Mutex, PoisonError};

use crate::app::App;
pub use crate::domain::By;
use crate::domain::TenantId;
use crate::error::Error;

/// The trail of one call. Clones share it.
#[derive(Clone, Debug)]
pub struct Trail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: String,
    act: Mutex<Option<Act>>,
}

#[derive(Clone, Debug)]
struct Act {
    by: By,
    account: Option<TenantId>,
    source: String,
    what: Option<&'static str>,
    /// The hash of the lease of the household, which may have no account.
    household: Option<String>,
}

impl Trail {
    /// The trail of a call that comes from `source`.
    #[must_use]
    pub fn from(source: String) -> Self {
        Self(Arc::new(Inner { source, act: Mutex::new(None) }))
    }

    /// Where the call comes from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Records that this call is an act on `account`, and who acts.
    pub async fn act(&self, app: &App, by: By, account: TenantId) {
        self.record(app, by, Some(account)).await;
    }

    /// Records who acts, on no account yet.
    pub async fn act_on_none(&self, app: &App, by: By) {
        self.record(app, by, None).await;
    }

    async fn record(&self, app: &App, by: By, account: Option<TenantId>) {
        let source = app.keys.hash_source(self.source()).await;
        let mut act = self.0.act.lock().unwrap_or_else(PoisonError::into_inner);
        let household = act.take().and_then(|act| act.household);
        *act = Some(Act { by, account, source, what: None, household });
    }

    /// Records which act this is, of an operation that has several: after a restore, each closure
    /// is done again from the trail (`infra/redo`).
    pub fn which(&self, what: &'static str) {
        let mut act = self.0.act.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(act) = act.as_mut() {
            act.what = Some(what);
        }
    }

    /// Records the hash of the lease of the household that this act is about. It may have no account,
    /// or not be the caller's to see.
    pub fn about(&self, household: String) {
        let mut act = self.0.act.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(act) = act.as_mut() {
            act.household = Some(household);
        }
    }

    /// Writes the line of `operation` with the call's outcome, if the call was an act.
    pub(crate) fn write<T>(&self, operation: &str, result: &Result<T, Error>) {
        let outcome = result.as_ref().map_or_else(Error::code, |_| "done");
        let act = self.0.act.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Act { by, account, source, what, household }) = act {
            tracing::info!(
                audit.operation = operation,
                audit.what = what,
                audit.by = %by,
                audit.staff = by.staff(),
                account.id = account.map(tracing::field::display),
                audit.household = household,
                audit.source = source,
                audit.outcome = outcome,
                "audit"
            );
        }
    }
}

/// Writes the line of an act that is not a call of its own, such as a step of the daily job.
pub fn record(operation: &str, by: &By, account: TenantId, outcome: &str) {
    tracing::info!(
        audit.operation = operation,
        audit.by = %by,
        audit.staff = by.staff(),
        account.id = %account,
        audit.outcome = outcome,
        "audit"
    );
}
