//! Accounts and their credentials.

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::outbox::Notice;
use super::rules::{self, Ruled};
use super::{Item, Store, Table, Write, item, key, s};
use crate::domain::{
    Account, By, EmailAddress, Language, LeaseTerms, Paperless, Plan, TenantId, Terms, What,
};
use crate::error::Error;
use crate::passwords::PasswordHash;

/// The credentials of an account, stored under the folded address.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Credentials {
    /// The account that they open.
    pub tenant: TenantId,
    /// The account's epoch when the password was set.
    pub epoch: u64,
    /// The hash of the password.
    pub password: PasswordHash,
}

/// Changes to an account that need no password.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// The new language of the account's mails.
    pub language: Option<Language>,
    /// The terms of use that were accepted.
    pub terms: Option<Terms>,
    /// Paperless rent notices from now on, and the mail that confirms them.
    pub paperless: Option<(Paperless, Notice)>,
}

/// The item under the key of an account.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Kept(Box<Account>),
    /// An erased account. The item has no personal data.
    Erased {
        #[serde(rename = "erased_at")]
        _erased_at: i64,
    },
}

impl AccountChange {
    /// Whether there is nothing to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.language.is_none() && self.terms.is_none() && self.paperless.is_none()
    }

    /// The settings that change, for the row of the act.
    fn settings(&self) -> Option<&'static str> {
        match (self.language.is_some(), self.terms.is_some()) {
            (true, true) => Some("language_and_terms"),
            (true, false) => Some("language"),
            (false, true) => Some("terms"),
            (false, false) => None,
        }
    }
}

impl Store {
    /// The account `id`, unless it is erased.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_account(&self, id: TenantId) -> Result<Option<Account>, Error> {
        let row: Option<Row> = self.find(Table::Tenants, key::tenant(id)).await?;
        Ok(match row {
            Some(Row::Kept(account)) => Some(*account),
            Some(Row::Erased { .. }) | None => None,
        })
    }

    /// The credentials of the account whose identifier is `email`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_credentials(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<Credentials>, Error> {
        self.find(Table::Tenants, key::email(&email.folded())).await
    }

    /// The active account whose identifier is `email`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_owner(&self, email: &EmailAddress) -> Result<Option<Account>, Error> {
        let Some(credentials) = self.find_credentials(email).await? else {
            return Ok(None);
        };
        Ok(self.find_account(credentials.tenant).await?.filter(Account::is_active))
    }

    /// Changes `account`, and queues the mail about paperless delivery, in one transaction. Stale: the
    /// account has ended, or has other settings than those that were read.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn change_account(
        &self,
        account: &Account,
        change: &AccountChange,
    ) -> Result<Write, Error> {
        let as_read = rules::settings_as_read(account)?;
        let mut update = Action::update(Table::Tenants, key::tenant(account.id), as_read);
        if let Some(language) = change.language {
            update = update.set("language", &language);
        }
        if let Some(terms) = &change.terms {
            update = update.set("terms", terms);
        }
        let mut what = What::SettingsChanged;
        let mut actions = Vec::new();
        if let Some((paperless, notice)) = &change.paperless {
            what = What::PaperlessStarted;
            update = update.set("paperless", paperless);
            actions.push(self.tell(notice)?);
        }
        actions.push(update);
        self.act(account.id, what.by(&By::Tenant).with(change.settings()), actions).await
    }
}

/// The item of a new account, with its place in the index of next steps.
pub(super) fn account_item(account: &Account, plan: Option<Plan>) -> Result<Item, Error> {
    let mut item = item(key::tenant(account.id), account)?;
    if let Some(Plan { next, .. }) = plan {
        item.insert("lifecycle".to_owned(), s(key::lifecycle(next.step, account.id)));
        item.insert("due_on".to_owned(), s(next.due_on));
    }
    Ok(item)
}

/// An update of `account`, which must be active and unchanged since it was read.
pub(super) fn change_tenant(account: &Account) -> Result<Action, Error> {
    let as_read = rules::account_as_read(account)?;
    Ok(Action::update(Table::Tenants, key::tenant(account.id), as_read))
}

/// Adds to `update` the account's copy of `terms`.
pub(super) fn follow_terms(update: Action, terms: &LeaseTerms) -> Action {
    update
        .set("last_name", &terms.last_name)
        .set_or_remove("first_name", terms.first_name.as_ref())
        .set("agency", &terms.agency)
        .set_or_remove("adviser", terms.adviser.as_ref())
        .set_or_remove("ends_on", terms.ends_on.as_ref())
}

/// Adds to `update` of account `id` the plan for a new exit date, or none. It also removes the day
/// of the last warning, which was about the former date.
pub(super) fn follow_plan(update: Action, id: TenantId, plan: Option<Plan>) -> Action {
    set_plan(update, id, plan).remove("warned_on")
}

/// Adds to `update` of account `id` its plan, or none.
pub(super) fn set_plan(update: Action, id: TenantId, plan: Option<Plan>) -> Action {
    update
        .set_or_remove("closes_on", plan.map(|plan| plan.closes_on).as_ref())
        .set_or_remove("lifecycle", plan.map(|plan| key::lifecycle(plan.next.step, id)).as_ref())
        .set_or_remove("due_on", plan.map(|plan| plan.next.due_on).as_ref())
}

/// Ends every session and link made under the account's epoch.
pub(super) fn move_epoch(account: &Account) -> Result<Action, Error> {
    Ok(change_tenant(account)?.set("epoch", &(account.epoch + 1)))
}

/// Sets the password under the account's address, at the next epoch. If `read` is given, the stored
/// password must still be that one.
pub(super) fn set_password(
    account: &Account,
    read: Option<&PasswordHash>,
    password: &PasswordHash,
) -> Result<Action, Error> {
    let pk = key::email(&account.email.folded());
    Ok(Action::update(Table::Tenants, pk, credentials_as_read(account, read)?)
        .set("password", password)
        .set("epoch", &(account.epoch + 1)))
}

/// Puts the credentials of `account`, at `epoch`, under an address that no account has.
pub(super) fn put_credentials(
    account: &Account,
    epoch: u64,
    email: &EmailAddress,
    password: &PasswordHash,
) -> Result<Action, Error> {
    let credentials = Credentials { tenant: account.id, epoch, password: password.clone() };
    let item = item(key::email(&email.folded()), &credentials)?;
    Ok(Action::put(Table::Tenants, item, rules::address_free()))
}

/// Deletes the credentials under the account's address. If `read` is given, the stored password
/// must still be that one.
pub(super) fn delete_credentials(
    account: &Account,
    read: Option<&PasswordHash>,
) -> Result<Action, Error> {
    let pk = key::email(&account.email.folded());
    Ok(Action::delete(Table::Tenants, pk, credentials_as_read(account, read)?))
}

/// The rule that the credentials are those of `account`, with the password `read` if it is given.
fn credentials_as_read(account: &Account, read: Option<&PasswordHash>) -> Result<Ruled, Error> {
    match read {
        Some(read) => rules::password_as_read(account.id, account.epoch, read),
        None => rules::credentials_as_read(account.id, account.epoch),
    }
}

impl Store {
    /// Replaces the hash of the password in `read` by a new one.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn rehash_password(
        &self,
        email: &EmailAddress,
        read: &Credentials,
        password: &PasswordHash,
    ) -> Result<Write, Error> {
        let pk = key::email(&email.folded());
        let same = rules::password_as_read(read.tenant, read.epoch, &read.password)?;
        self.write(Action::update(Table::Tenants, pk, same).set("password", password)).await
    }
}
