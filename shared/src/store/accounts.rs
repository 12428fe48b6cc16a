//! Accounts and their credentials.

use serde::{Deserialize, Serialize};

use super::expression::{Values, s};
use super::{Item, Store, item, key, read, value};
use crate::domain::{
    Account, EmailAddress, Language, NextStep, Paperless, Status, TenantId, Terms, in_paris,
};
use crate::error::Error;
use crate::passwords::PasswordHash;

/// What one signs in with, under the folded address.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Credentials {
    /// Whose they are.
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
    /// Rent notices without paper from now on.
    pub paperless: bool,
}

/// What stands under the key of an account.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Kept(Box<Account>),
    /// Nothing that names anyone.
    Erased {
        #[serde(rename = "erased_at")]
        _erased_at: i64,
    },
}

impl AccountChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.language.is_none() && self.terms.is_none() && !self.paperless
    }
}

impl Store {
    /// The account `id`, unless it is erased.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_account(&self, id: TenantId) -> Result<Option<Account>, Error> {
        let row: Option<Row> = self.find(&self.tenants, key::tenant(id)).await?;
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
        self.find(&self.tenants, key::email(&email.folded())).await
    }

    /// Changes an account that is active; as it is then, `None` when it is active no more.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn change_account(
        &self,
        id: TenantId,
        change: &AccountChange,
    ) -> Result<Option<Account>, Error> {
        let now = self.clock.now();
        let mut sets = Vec::new();
        let mut values: Values = vec![(":active", value(&Status::Active)?)];
        if let Some(language) = change.language {
            sets.push("#language = :language");
            values.push((":language", value(&language)?));
        }
        if let Some(terms) = &change.terms {
            sets.push("terms = :terms");
            values.push((":terms", value(terms)?));
        }
        if change.paperless {
            sets.push("paperless = :paperless");
            values.push((":paperless", value(&Paperless::by_tenant(true, now))?));
        }
        let update = || {
            let mut update = self
                .client
                .update_item()
                .table_name(&self.tenants)
                .key("pk", s(key::tenant(id)))
                .update_expression(format!("SET {}", sets.join(", ")))
                .condition_expression("#status = :active")
                .expression_attribute_names("#status", "status")
                .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew);
            if change.language.is_some() {
                update = update.expression_attribute_names("#language", "language");
            }
            for (name, value) in &values {
                update = update.expression_attribute_values(*name, value.clone());
            }
            update.send()
        };
        let updated = self.write(update).await?;
        updated.and_then(|updated| updated.attributes).map(read).transpose()
    }

    /// The item of an account, with its place in the index of next steps.
    pub(super) fn account_item(&self, account: &Account) -> Result<Item, Error> {
        let mut item = item(key::tenant(account.id), account)?;
        let today = in_paris(self.clock.now());
        if let Some(next) = NextStep::of_active(account.ends_on, today) {
            item.insert("lifecycle".to_owned(), s(next.step.partition(account.id)));
            item.insert("due_on".to_owned(), s(next.due_on));
        }
        Ok(item)
    }
}
