//! Accounts and their credentials.

use aws_sdk_dynamodb::types::ReturnValue;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::outbox::Notice;
use super::rules::{self, Ruled};
use super::{Item, Store, Table, Write, item, key, read, s};
use crate::domain::{
    Account, EmailAddress, Language, LeaseTerms, Paperless, Plan, TenantId, Terms,
};
use crate::error::Error;
use crate::passwords::PasswordHash;

/// What one signs in with, under the folded address.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Credentials {
    /// The account they open.
    pub tenant: TenantId,
    /// The account's epoch when the password was set.
    pub epoch: u64,
    /// The password.
    pub password: PasswordHash,
}

/// What a tenant changes of the account without being asked for the password.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// The language of its mails.
    pub language: Option<Language>,
    /// The terms accepted.
    pub terms: Option<Terms>,
    /// Rent notices without paper from now on, and the mail that says so.
    pub paperless: Option<(Paperless, Notice)>,
}

/// What stands under the key of an account.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Kept(Box<Account>),
    /// An erased account: nothing that names anyone.
    Erased {
        #[serde(rename = "erased_at")]
        _erased_at: i64,
    },
}

impl AccountChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.language.is_none() && self.terms.is_none() && self.paperless.is_none()
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

    /// Changes an account that is active; the account as it is then, if it was done.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn change_account(
        &self,
        id: TenantId,
        change: &AccountChange,
    ) -> Result<Option<Account>, Error> {
        let update = |ruled: Ruled| {
            let mut update = Action::update(Table::Tenants, key::tenant(id), ruled);
            if let Some(language) = change.language {
                update = update.set("language", &language);
            }
            if let Some(terms) = &change.terms {
                update = update.set("terms", terms);
            }
            update
        };
        let Some((paperless, notice)) = &change.paperless else {
            let update = update(rules::account_active()?);
            let (write, changed) = self.write_returning(update, ReturnValue::AllNew).await?;
            return if write.is_done() { changed.map(read).transpose() } else { Ok(None) };
        };
        let grant = update(rules::paperless_off()?).set("paperless", paperless);
        if self.transact(vec![grant, self.tell(notice)?]).await?.is_done() {
            return self.find_account(id).await;
        }
        // Another call has granted it: what else is asked is still to be done.
        let account = self.find_account(id).await?;
        if account.is_some_and(|account| account.is_active() && account.paperless.granted) {
            let rest = AccountChange { paperless: None, ..change.clone() };
            if rest.is_empty() {
                return self.find_account(id).await;
            }
            return Box::pin(self.change_account(id, &rest)).await;
        }
        Ok(None)
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

/// Changes `account`, which must be active and as it was read.
pub(super) fn change_tenant(account: &Account) -> Result<Action, Error> {
    let as_read = rules::account_as_read(account)?;
    Ok(Action::update(Table::Tenants, key::tenant(account.id), as_read))
}

/// Makes the account of that `update` say of its lease what `terms` say.
pub(super) fn follow_terms(update: Action, terms: &LeaseTerms) -> Action {
    update
        .set("last_name", &terms.last_name)
        .set_or_remove("first_name", terms.first_name.as_ref())
        .set("agency", &terms.agency)
        .set_or_remove("adviser", terms.adviser.as_ref())
        .set_or_remove("ends_on", terms.ends_on.as_ref())
}

/// Gives the account `id` of that `update` the plan of another end, or none: of that nobody was warned
/// yet.
pub(super) fn follow_plan(update: Action, id: TenantId, plan: Option<Plan>) -> Action {
    set_plan(update, id, plan).remove("warned_on")
}

/// Gives the account `id` of that `update` its plan, or none.
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

/// Sets the password under the account's address, of the next epoch; `read` is the password that
/// this relies on, if it does.
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

/// Puts the credentials of `account` under an address that no account has, of `epoch`.
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

/// Deletes the credentials under the account's address; `read` is the password that this relies on,
/// if it does.
pub(super) fn delete_credentials(
    account: &Account,
    read: Option<&PasswordHash>,
) -> Result<Action, Error> {
    let pk = key::email(&account.email.folded());
    Ok(Action::delete(Table::Tenants, pk, credentials_as_read(account, read)?))
}

/// That the credentials are those of `account`, with the password `read` if that is relied on.
fn credentials_as_read(account: &Account, read: Option<&PasswordHash>) -> Result<Ruled, Error> {
    match read {
        Some(read) => rules::password_as_read(account.id, account.epoch, read),
        None => rules::credentials_as_read(account.id, account.epoch),
    }
}

impl Store {
    /// Keeps the password of `read` hashed anew.
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
