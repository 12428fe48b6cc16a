//! The rules that writes rely on, each with its condition: what this module does not name, no write
//! tests.

use jiff::Timestamp;

use super::expression::Condition;
use super::{n, value};
use crate::domain::{Account, LinkId, SeenLease, Session, Status, TenantId};
use crate::error::Error;
use crate::passwords::PasswordHash;

/// A rule that a write relies on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
    /// The key is new: an id of our own making.
    New,
    /// The account is active and as it was read.
    AccountAsRead,
    /// The account still has the lease it was read with.
    AccountHasLease,
    /// The account's next step is the one that was read.
    StepAsRead,
    /// The credentials are as they were read.
    CredentialsAsRead,
    /// No other account has the address.
    AddressFree,
    /// Nobody holds the lease, and it is as it was seen.
    LeaseFreeAsSeen,
    /// The account holds the lease.
    LeaseHeld,
    /// The account that held the lease last is the one that was read.
    LeaseLastHeld,
    /// The account that holds the lease, if any, is the one that was read.
    LeaseHolderAsRead,
    /// The link is unused and unexpired.
    LinkUsable,
    /// The link is bound to no account yet, and unused.
    LinkUnbound,
    /// The session is as it was read, and lives.
    SessionAsRead,
    /// The session is the tenant's.
    SessionOwned,
    /// No request of the kind is open.
    NoOpenRequest,
    /// The mail is due and no other delivery has it.
    MailDue,
    /// The mail is this delivery's.
    MailClaimed,
    /// The count is below its limit.
    BelowLimit,
    /// What is known of mails that came back is as it was read.
    BounceAsRead,
    /// The address was not tried yet today.
    NotTriedToday,
    /// Nothing: the write is always done.
    Always,
}

impl Rule {
    /// Whether what the writer read is no longer so: reading again and deciding anew is the answer.
    /// Of the other rules the answer is the rule itself.
    pub(super) fn is_about_what_was_read(self) -> bool {
        !matches!(self, Self::AddressFree | Self::BelowLimit)
    }
}

/// [`Rule::AccountAsRead`].
pub(super) fn account_as_read(account: &Account) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        Condition::is("status", &Status::Active)?,
        Condition::is("epoch", &account.epoch)?,
        Condition::is("email", &account.email)?,
        Condition::is("lease", &account.lease)?,
    ]))
}

/// [`Rule::AccountHasLease`].
pub(super) fn account_has_lease(account: &Account) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        Condition::is("status", &Status::Active)?,
        Condition::is("lease", &account.lease)?,
    ]))
}

/// [`Rule::CredentialsAsRead`]: of the account at its epoch; with that `password`, if it is relied on.
pub(super) fn credentials_as_read(
    account: &Account,
    password: Option<&PasswordHash>,
) -> Result<Condition, Error> {
    let mut all =
        vec![Condition::is("tenant", &account.id)?, Condition::is("epoch", &account.epoch)?];
    if let Some(password) = password {
        all.push(Condition::is("password", password)?);
    }
    Ok(Condition::All(all))
}

/// [`Rule::CredentialsAsRead`], for keeping the same password hashed anew.
pub(super) fn same_credentials(
    tenant: TenantId,
    epoch: u64,
    password: &PasswordHash,
) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        Condition::is("tenant", &tenant)?,
        Condition::is("epoch", &epoch)?,
        Condition::is("password", password)?,
    ]))
}

/// [`Rule::LeaseFreeAsSeen`].
pub(super) fn lease_free_as_seen(seen: &SeenLease) -> Result<Condition, Error> {
    let terms = seen.terms();
    Ok(Condition::All(vec![
        Condition::Has("pk".to_owned()),
        Condition::Lacks("tenant".to_owned()),
        Condition::is("last_name", &terms.last_name)?,
        Condition::is_or_lacks("first_name", terms.first_name.as_ref())?,
        Condition::is("agency", &terms.agency)?,
        Condition::is_or_lacks("adviser", terms.adviser.as_ref())?,
        Condition::is_or_lacks("ends_on", terms.ends_on.as_ref())?,
    ]))
}

/// [`Rule::LeaseHeld`] by `tenant`.
pub(super) fn lease_held(tenant: TenantId) -> Result<Condition, Error> {
    Condition::is("tenant", &tenant)
}

/// [`Rule::LeaseHolderAsRead`]: `tenant`, or nobody.
pub(super) fn lease_holder_as_read(tenant: Option<TenantId>) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        Condition::Has("pk".to_owned()),
        Condition::is_or_lacks("tenant", tenant.as_ref())?,
    ]))
}

/// [`Rule::LinkUsable`] at `now`.
pub(super) fn link_usable(now: Timestamp) -> Condition {
    Condition::All(vec![
        Condition::Has("pk".to_owned()),
        Condition::Lacks("used_at".to_owned()),
        Condition::Above("expires_at".to_owned(), n(now.as_second())),
    ])
}

/// [`Rule::LinkUnbound`].
pub(super) fn link_unbound(tenant: TenantId, epoch: u64) -> Result<Condition, Error> {
    // Bound so already: by this very write, whose answer was lost.
    let bound_so =
        Condition::All(vec![Condition::is("tenant", &tenant)?, Condition::is("epoch", &epoch)?]);
    Ok(Condition::All(vec![
        Condition::Has("pk".to_owned()),
        Condition::Any(vec![Condition::Lacks("tenant".to_owned()), bound_so]),
        Condition::Lacks("used_at".to_owned()),
    ]))
}

/// [`Rule::SessionAsRead`]: its secret and its epoch, at `now`.
pub(super) fn session_as_read(read: &Session, now: Timestamp) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        Condition::is("secret", &read.secret)?,
        Condition::is("epoch", &read.epoch)?,
        Condition::Above("expires_at".to_owned(), n(now.as_second())),
    ]))
}

/// [`Rule::NoOpenRequest`] under `attribute` of an active account, at `now`.
pub(super) fn no_open_request(
    account: &Account,
    attribute: &str,
    now: Timestamp,
) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        account_has_lease(account)?,
        Condition::Any(vec![
            Condition::Lacks(attribute.to_owned()),
            Condition::AtMost(format!("{attribute}.until"), n(now.as_second())),
        ]),
    ]))
}

/// [`Rule::AccountHasLease`], and waits for the answer by `link` under `attribute`.
pub(super) fn waits_for(
    account: &Account,
    attribute: &str,
    link: LinkId,
) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        account_has_lease(account)?,
        Condition::is(&format!("{attribute}.link"), &link)?,
    ]))
}

/// [`Rule::MailDue`]: never tried, for what the stream brings.
pub(super) fn mail_new() -> Condition {
    Condition::All(vec![
        Condition::Has("outbox".to_owned()),
        Condition::Equals("attempts".to_owned(), n(0)),
    ])
}

/// [`Rule::MailDue`] at `now`, for what a sweep finds.
pub(super) fn mail_due(now: Timestamp) -> Condition {
    Condition::All(vec![
        Condition::Has("outbox".to_owned()),
        Condition::AtMost("try_at".to_owned(), n(now.as_second())),
    ])
}

/// [`Rule::MailClaimed`]: by the delivery that made it this many `attempts`.
pub(super) fn mail_claimed(attempts: u32) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        Condition::Has("outbox".to_owned()),
        Condition::Equals("attempts".to_owned(), value(&attempts)?),
    ]))
}
