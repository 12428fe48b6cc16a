//! The rules of writes to an account and its credentials.

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::n;
use super::condition::Condition;
use super::{Rule, Ruled};
use crate::domain::{Account, Asked, LinkId, Status, TenantId};
use crate::error::Error;
use crate::passwords::PasswordHash;

/// An attribute of an account that holds a request, and the request that was read under it.
type Request<'a> = (&'a str, Option<Asked>);

/// [`Rule::SettingsAsRead`].
pub(in crate::store) fn settings_as_read(account: &Account) -> Result<Ruled, Error> {
    Ok(Rule::SettingsAsRead.tests([
        active()?,
        Condition::is("language", &account.language)?,
        Condition::is("terms", &account.terms)?,
        Condition::is("paperless.granted", &account.paperless.granted)?,
    ]))
}

/// [`Rule::AccountAsRead`].
pub(in crate::store) fn account_as_read(account: &Account) -> Result<Ruled, Error> {
    Ok(Rule::AccountAsRead.tests([
        has_lease(account)?,
        Condition::is("epoch", &account.epoch)?,
        Condition::is("email", &account.email)?,
    ]))
}

/// [`Rule::AccountMarkAsRead`].
pub(in crate::store) fn account_mark_as_read(account: &Account) -> Result<Ruled, Error> {
    Ok(Rule::AccountMarkAsRead.tests([
        Condition::is("status", &account.status)?,
        Condition::is("email", &account.email)?,
        Condition::is_or_lacks("mail_state", account.mail_state.as_ref())?,
    ]))
}

/// [`Rule::AccountTermsAsRead`].
pub(in crate::store) fn account_terms_as_read(account: &Account) -> Result<Ruled, Error> {
    Ok(Rule::AccountTermsAsRead.tests([
        has_lease(account)?,
        ends_as_read(account)?,
        Condition::is("last_name", &account.last_name)?,
        Condition::is_or_lacks("first_name", account.first_name.as_ref())?,
        Condition::is("agency", &account.agency)?,
        Condition::is_or_lacks("adviser", account.adviser.as_ref())?,
    ]))
}

/// [`Rule::AccountClosingAsRead`].
pub(in crate::store) fn account_closing_as_read(account: &Account) -> Result<Ruled, Error> {
    Ok(Rule::AccountClosingAsRead.tests([
        has_lease(account)?,
        ends_as_read(account)?,
        Condition::is_or_lacks("closes_on", account.closes_on.as_ref())?,
    ]))
}

/// [`Rule::AccountStepAsRead`]: in the partition `lifecycle` of the index, due on `due_on`.
pub(in crate::store) fn account_step_as_read(
    account: &Account,
    lifecycle: &str,
    due_on: Date,
) -> Result<Ruled, Error> {
    // The exit date is tested, too: two dates that were imported too late have the same step and
    // day.
    Ok(Rule::AccountStepAsRead.tests([
        has_lease(account)?,
        ends_as_read(account)?,
        is_step(lifecycle, due_on)?,
    ]))
}

/// [`Rule::StepAsRead`]: in the partition `lifecycle` of the index, due on `due_on`.
pub(in crate::store) fn step_as_read(lifecycle: &str, due_on: Date) -> Result<Ruled, Error> {
    Ok(Rule::StepAsRead.tests([is_step(lifecycle, due_on)?]))
}

/// [`Rule::PaperlessOn`], with the `other` request that was read.
pub(in crate::store) fn paperless_on(
    account: &Account,
    other: Request<'_>,
) -> Result<Ruled, Error> {
    let granted = Condition::is("paperless.granted", &true)?;
    Ok(Rule::PaperlessOn.tests([has_lease(account)?, granted, asks_as_read(other)?]))
}

/// [`Rule::NoOpenRequest`] under `attribute`, at `now`, with the `other` request that was read.
pub(in crate::store) fn no_open_request(
    account: &Account,
    attribute: &str,
    now: Timestamp,
    other: Request<'_>,
) -> Result<Ruled, Error> {
    let none = Condition::Any(vec![
        Condition::lacks(attribute),
        Condition::AtMost(format!("{attribute}.until"), n(now.as_second())),
    ]);
    Ok(Rule::NoOpenRequest.tests([has_lease(account)?, none, asks_as_read(other)?]))
}

/// [`Rule::RequestOpen`] under `attribute`, with `link` and the `other` request that was read.
pub(in crate::store) fn request_open(
    account: &Account,
    attribute: &str,
    link: LinkId,
    other: Request<'_>,
) -> Result<Ruled, Error> {
    let asked = Condition::is(&format!("{attribute}.link"), &link)?;
    Ok(Rule::RequestOpen.tests([has_lease(account)?, asked, asks_as_read(other)?]))
}

/// [`Rule::AddressFree`].
pub(in crate::store) fn address_free() -> Ruled {
    Rule::AddressFree.tests([Condition::lacks("pk")])
}

/// [`Rule::CredentialsAsRead`]: of `tenant` at `epoch`.
pub(in crate::store) fn credentials_as_read(tenant: TenantId, epoch: u64) -> Result<Ruled, Error> {
    Ok(Rule::CredentialsAsRead.tests([of_epoch(tenant, epoch)?]))
}

/// [`Rule::PasswordAsRead`]: of `tenant` at `epoch`.
pub(in crate::store) fn password_as_read(
    tenant: TenantId,
    epoch: u64,
    password: &PasswordHash,
) -> Result<Ruled, Error> {
    let as_read = Condition::is("password", password)?;
    Ok(Rule::PasswordAsRead.tests([of_epoch(tenant, epoch)?, as_read]))
}

fn active() -> Result<Condition, Error> {
    Condition::is("status", &Status::Active)
}

fn has_lease(account: &Account) -> Result<Condition, Error> {
    Ok(Condition::All(vec![active()?, Condition::is("lease", &account.lease)?]))
}

/// The account's place in the queue of requests follows from both, so no write may miss that the
/// other one was opened or settled.
fn asks_as_read((attribute, asked): Request<'_>) -> Result<Condition, Error> {
    let link = asked.map(|asked| asked.link);
    Condition::is_or_lacks(&format!("{attribute}.link"), link.as_ref())
}

fn ends_as_read(account: &Account) -> Result<Condition, Error> {
    Condition::is_or_lacks("ends_on", account.ends_on.as_ref())
}

fn is_step(lifecycle: &str, due_on: Date) -> Result<Condition, Error> {
    Ok(Condition::All(vec![
        Condition::is("lifecycle", &lifecycle)?,
        Condition::is("due_on", &due_on)?,
    ]))
}

fn of_epoch(tenant: TenantId, epoch: u64) -> Result<Condition, Error> {
    Ok(Condition::All(vec![Condition::is("tenant", &tenant)?, Condition::is("epoch", &epoch)?]))
}
