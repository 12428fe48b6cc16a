//! Every key of the two tables.
//!
//! | table | pk | what |
//! |---|---|---|
//! | tenants | `lease#<reference>` | a lease |
//! | tenants | `tenant#<id>` | an account |
//! | tenants | `email#<folded address>` | the credentials of the account with that identifier |
//! | tokens | `link#<id>` | a mailed link |
//! | tokens | `session#<id>` | a session |
//! | tokens | `notice#<id>` | a mail that carries no link of its own |
//! | tokens | `bounce#<hash>` | an address whose mails come back for good |
//! | tokens | `throttle#<scope>#<hash>#<window>` | how often something was asked for |
//!
//! | index | of | hash | range |
//! |---|---|---|---|
//! | `lifecycle` | tenants | `lifecycle` (step and shard) | `due_on` |
//! | `by_tenant` | tokens | `tenant` | |
//! | `outbox` | tokens | `outbox` (shard) | `created_at` |

use super::Item;
use crate::domain::{LeaseReference, LinkId, NoticeId, SessionId, TenantId};
use crate::error::Error;

/// The index of the accounts that have a next step.
pub const LIFECYCLE: &str = "lifecycle";
/// The index of the tokens made for an account.
pub const BY_TENANT: &str = "by_tenant";
/// The index of the mails that are not yet sent.
pub const OUTBOX: &str = "outbox";
/// Over how many partitions of the index `outbox` the unsent mails are spread.
const OUTBOX_SHARDS: u8 = 4;

pub(super) const LINK: &str = "link#";
pub(super) const NOTICE: &str = "notice#";
pub(super) const SESSION: &str = "session#";

pub(super) fn lease(reference: &LeaseReference) -> String {
    format!("lease#{reference}")
}

pub(super) fn tenant(id: TenantId) -> String {
    format!("tenant#{id}")
}

/// The account that an item of the table of what lasts is, by its key.
pub(super) fn read_tenant(item: &Item) -> Result<TenantId, Error> {
    let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
    let id = pk.and_then(|pk| pk.strip_prefix("tenant#")).map(TenantId::try_from);
    id.and_then(Result::ok).ok_or_else(|| Error::Unavailable("an account has no id".into()))
}

pub(super) fn email(folded: &str) -> String {
    format!("email#{folded}")
}

pub(super) fn link(id: LinkId) -> String {
    format!("{LINK}{id}")
}

pub(super) fn session(id: SessionId) -> String {
    format!("{SESSION}{id}")
}

pub(super) fn notice(id: NoticeId) -> String {
    format!("{NOTICE}{id}")
}

pub(super) fn bounce(subject: &str) -> String {
    format!("bounce#{subject}")
}

pub(super) fn throttle(scope: &str, subject: &str, window: i64) -> String {
    format!("throttle#{scope}#{subject}#{window}")
}

/// The shard of the index `outbox` for a row whose id begins with `byte`.
pub(super) fn outbox_shard(byte: u8) -> String {
    (byte % OUTBOX_SHARDS).to_string()
}

/// Every shard of the index `outbox`.
pub(super) fn outbox_shards() -> impl Iterator<Item = String> {
    (0..OUTBOX_SHARDS).map(|shard| shard.to_string())
}
