//! The rules of writes to a session, and to an import by staff.

use jiff::Timestamp;
use serde::Serialize;

use super::super::n;
use super::condition::Condition;
use super::{Rule, Ruled};
use crate::domain::{Session, TenantId};
use crate::error::Error;

/// [`Rule::SessionKept`].
pub(in crate::store) fn session_kept() -> Ruled {
    Rule::SessionKept.tests([Condition::has("pk")])
}

/// [`Rule::SessionAsRead`]: its secret and its epoch, at `now`.
pub(in crate::store) fn session_as_read(read: &Session, now: Timestamp) -> Result<Ruled, Error> {
    Ok(Rule::SessionAsRead.tests([
        Condition::is("secret", &read.secret)?,
        Condition::is("epoch", &read.epoch)?,
        Condition::Above("expires_at".to_owned(), n(now.as_second())),
    ]))
}

/// [`Rule::SessionOfEpoch`]: of `tenant` at `epoch`.
pub(in crate::store) fn session_of_epoch(tenant: TenantId, epoch: u64) -> Result<Ruled, Error> {
    Ok(Rule::SessionOfEpoch
        .tests([Condition::is("tenant", &tenant)?, Condition::is("epoch", &epoch)?]))
}

/// [`Rule::SessionOwned`] by `tenant`.
pub(in crate::store) fn session_owned(tenant: TenantId) -> Result<Ruled, Error> {
    Ok(Rule::SessionOwned.tests([Condition::is("tenant", &tenant)?]))
}

/// [`Rule::ImportAsRead`]: in this state, with this batch next.
pub(in crate::store) fn import_as_read(
    state: &impl Serialize,
    batch: usize,
) -> Result<Ruled, Error> {
    Ok(Rule::ImportAsRead.tests([Condition::is("state", state)?, Condition::is("batch", &batch)?]))
}

/// [`Rule::SessionOwnedAsRead`].
pub(in crate::store) fn session_owned_as_read(read: &Session) -> Result<Ruled, Error> {
    Ok(Rule::SessionOwnedAsRead
        .tests([Condition::is("tenant", &read.tenant)?, Condition::is("secret", &read.secret)?]))
}
