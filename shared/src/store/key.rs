//! Every key of the two tables.
//!
//! | table | pk | what |
//! |---|---|---|
//! | tenants | `lease#<reference>` | a lease |
//! | tenants | `tenant#<id>` | an account |
//! | tenants | `email#<folded address>` | the credentials of the account with that identifier |
//! | tokens | `<purpose>#<id>` | a mailed link, a key for each kind |
//! | tokens | `session#<id>` | a session |
//! | tokens | `ended#<id>` | why the session of that id was ended early |
//! | tokens | `staff#<id>` | a session of a member of the landlord's staff |
//! | tokens | `import#<id>` | an import of a file by a member of staff |
//! | tokens | `import#<id>#<part>` | a part of that file |
//! | tokens | `notice#<id>` | a notice: a mail without a link of its own |
//! | tokens | `act#<account>#<time>#<random>` | an act on an account |
//! | tokens | `bounce#<hash>` | an address whose mails bounced |
//! | tokens | `throttle#<scope>#<hash>#<window>` | a count of calls |
//! | tokens | `throttle#mails` | when the next mail may be sent |
//!
//! | index | of | hash | range |
//! |---|---|---|---|
//! | `lifecycle` | tenants | `lifecycle` (step and shard) | `due_on` |
//! | `listed` | tenants | `list` (a list) | `place` (in the list) |
//! | `by_tenant` | tokens | `tenant` | |
//! | `outbox` | tokens | `outbox` (shard) | `try_at` |

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::domain::{
    ImportId, LeaseReference, LinkId, ListedName, NoticeId, Purpose, SessionId, Step, TenantId,
};

/// The index of the accounts that have a next step.
pub(super) const LIFECYCLE: &str = "lifecycle";
/// The index of leases by name, and of accounts with an open request.
pub(super) const LISTED: &str = "listed";
/// The index of the tokens made for an account.
pub(super) const BY_TENANT: &str = "by_tenant";
/// The index of unsent mails.
pub(super) const OUTBOX: &str = "outbox";
/// The number of partitions of the index `outbox`. A mail costs 4 units of the index and a partition
/// takes 1000 a second, so these take 1000 mails a second: docs/SCALE.md, "Partitions". With another
/// number, a sweep still has to find the rows that are in the former ones.
const OUTBOX_SHARDS: u8 = 4;
/// The number of partitions of the index `lifecycle` for one step. One import changes 770 ends a
/// second and each costs 2 units, so that a partition takes 390 of 1000: docs/SCALE.md, "Partitions".
/// With another number, the daily job still has to find the accounts in the former ones.
const LIFECYCLE_SHARDS: u8 = 4;

const LEASE: &str = "lease#";
/// The name under which the imports of staff are in the index `by_tenant`.
pub(super) const IMPORTS: &str = "imports";
pub(super) const TENANT: &str = "tenant#";
pub(super) const SESSION: &str = "session#";
pub(super) const NOTICE: &str = "notice#";
pub(super) const ACT: &str = "act#";
/// The row that gives out turns to send a mail. One partition takes 1000 writes a second, and a mail
/// costs two of them at most, so the row takes 500 mails a second: docs/SCALE.md, "Partitions".
pub(super) const TURNS: &str = "throttle#mails";

pub(super) fn lease(reference: &LeaseReference) -> String {
    format!("{LEASE}{reference}")
}

pub(super) fn tenant(id: TenantId) -> String {
    format!("{TENANT}{id}")
}

pub(super) fn email(folded: &str) -> String {
    format!("email#{folded}")
}

pub(super) fn link(purpose: Purpose, id: LinkId) -> String {
    format!("{}#{id}", purpose.name())
}

/// The link with the key `pk`, if `pk` is the key of a link.
pub(super) fn read_link(pk: &str) -> Option<(Purpose, LinkId)> {
    let (name, id) = pk.split_once('#')?;
    let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.name() == name)?;
    Some((purpose, LinkId::try_from(id).ok()?))
}

/// Whether the row with this key can be a mail.
pub(super) fn may_be_mail(pk: &str) -> bool {
    let kind = pk.split_once('#').map(|(kind, _)| kind);
    pk.starts_with(NOTICE) || Purpose::ALL.into_iter().any(|purpose| kind == Some(purpose.name()))
}

pub(super) fn session(id: SessionId) -> String {
    format!("{SESSION}{id}")
}

pub(super) fn ended_session(id: SessionId) -> String {
    format!("ended#{id}")
}

pub(super) fn staff_session(id: SessionId) -> String {
    format!("staff#{id}")
}

pub(super) fn import(id: ImportId) -> String {
    format!("import#{id}")
}

pub(super) fn import_part(id: ImportId, part: usize) -> String {
    format!("import#{id}#{part}")
}

pub(super) fn notice(id: NoticeId) -> String {
    format!("{NOTICE}{id}")
}

/// Keys of one account sort by time, to the millisecond. `tail` keeps two acts of one millisecond
/// apart.
pub(super) fn act(tenant: TenantId, at: Timestamp, tail: [u8; 6]) -> String {
    format!("{ACT}{tenant}#{at:.3}#{}", BASE64_URL_SAFE_NO_PAD.encode(tail))
}

pub(super) fn bounce(subject: &str) -> String {
    format!("bounce#{subject}")
}

pub(super) fn throttle(scope: &str, subject: &str, window: i64) -> String {
    format!("throttle#{scope}#{subject}#{window}")
}

/// The shard of the index `outbox` for a row whose id is `id`.
pub(super) fn outbox_shard(id: &[u8; 16]) -> String {
    let [first, ..] = id;
    (first % OUTBOX_SHARDS).to_string()
}

/// Every shard of the index `outbox`.
pub(super) fn outbox_shards() -> impl Iterator<Item = String> {
    (0..OUTBOX_SHARDS).map(|shard| shard.to_string())
}

/// The partition of the index `lifecycle` that holds `tenant` at `step`.
pub(super) fn lifecycle(step: Step, tenant: TenantId) -> String {
    let [first, ..] = tenant.bytes();
    format!("{step}#{}", first % LIFECYCLE_SHARDS)
}

/// The partitions of the index `lifecycle` that hold `step`.
pub(super) fn lifecycle_partitions(step: Step) -> impl Iterator<Item = String> {
    (0..LIFECYCLE_SHARDS).map(move |shard| format!("{step}#{shard}"))
}

/// The list of the index `listed` with the households whose names begin so.
pub(super) fn names(name: &ListedName) -> String {
    format!("name#{}", name.initials())
}

/// The place of the lease `reference` in a list of names.
pub(super) fn place_by_name(name: &ListedName, reference: &LeaseReference) -> String {
    format!("{}#{reference}", name.as_str())
}

/// The list of the index `listed` with the accounts that have an open request. One partition takes
/// 1000 writes a second, and a household asks something of its agency once in years.
pub(super) const REQUESTS: &str = "requests#0";

/// The place in the queue of requests of an account that waits since `asked_at`.
pub(super) fn place_in_queue(asked_at: Timestamp, tenant: TenantId) -> String {
    format!("{}#{tenant}", queued_at(asked_at))
}

/// What the places in the queue of accounts that wait since `asked_at` begin with.
pub(super) fn queued_at(asked_at: Timestamp) -> String {
    asked_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The key of the row at `place` of the list `list`.
pub(super) fn of_place(list: &str, place: &str) -> Option<String> {
    let kind = if list == REQUESTS { TENANT } else { LEASE };
    place.rsplit_once('#').map(|(_, id)| format!("{kind}{id}"))
}
