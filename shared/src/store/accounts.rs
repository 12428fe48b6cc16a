//! Accounts and their credentials.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::expression::{Values, n, put_new, s, update};
use super::links::{Link, Registration};
use super::{Item, Notice, Store, item, key, read, value};
use crate::domain::{
    Account, EmailAddress, Language, Lease, LinkId, NextStep, PaperlessBy, Status, TenantId, Terms,
    in_paris,
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

/// Why an activation was refused, by the first condition that failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ActivationRefused {
    /// The lease is not what the link saw: look again.
    LeaseChanged,
    /// The address is another account's.
    EmailUsed,
    /// The link was used, or has expired.
    LinkUsed,
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

impl AccountChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.language.is_none() && self.terms.is_none() && !self.paperless
    }
}

impl Store {
    /// The account `id`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_account(&self, id: TenantId) -> Result<Option<Account>, Error> {
        self.find(&self.tenants, key::tenant(id)).await
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

    /// Makes the account of `registration`, in one transaction: the account, its hold on the
    /// lease, its credentials, the end of the link `id` and the mail that announces it.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn activate(
        &self,
        id: LinkId,
        registration: &Registration,
        account: &Account,
        announcement: &Notice,
    ) -> Result<Result<(), ActivationRefused>, Error> {
        let now = self.clock.now();
        let password = registration.password.clone().unwrap_or_else(PasswordHash::unusable);
        let credentials = Credentials { tenant: account.id, epoch: account.epoch, password };
        let email = key::email(&account.email.folded());
        let refusals = self
            .transact(vec![
                self.claim_lease(&registration.lease, account.id)?,
                put_new(&self.tenants, item(email, &credentials)?)?,
                self.use_link(id, now, "REMOVE payload.password, outbox")?,
                put_new(&self.tenants, self.account_item(account)?)?,
                put_new(&self.tokens, self.notice(announcement)?)?,
            ])
            .await?;
        Ok(if refusals.at(2) {
            Err(ActivationRefused::LinkUsed)
        } else if refusals.at(0) {
            Err(ActivationRefused::LeaseChanged)
        } else if refusals.at(1) {
            Err(ActivationRefused::EmailUsed)
        } else {
            Ok(())
        })
    }

    /// Sets another password by the link `id`, in one transaction: every session and every other
    /// reset link of `account` ends, and the tenant is told. Whether it was done; not when the
    /// link or the account is no longer what it was.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn reset_password(
        &self,
        id: LinkId,
        account: &Account,
        password: &PasswordHash,
        notice: &Notice,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let refusals = self
            .transact(vec![
                self.move_epoch(account)?,
                self.set_password(account, password)?,
                self.use_link(id, now, "REMOVE outbox")?,
                put_new(&self.tokens, self.notice(notice)?)?,
            ])
            .await?;
        Ok(refusals.is_empty())
    }

    /// Keeps the password of `credentials` hashed anew, unless it has changed meanwhile.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn rehash_password(
        &self,
        email: &EmailAddress,
        credentials: &Credentials,
        password: &PasswordHash,
    ) -> Result<(), Error> {
        let (new, old) = (value(password)?, value(&credentials.password)?);
        let update = || {
            self.client
                .update_item()
                .table_name(&self.tenants)
                .key("pk", s(key::email(&email.folded())))
                .update_expression("SET password = :new")
                .condition_expression("tenant = :tenant AND password = :old")
                .expression_attribute_values(":tenant", s(credentials.tenant))
                .expression_attribute_values(":new", new.clone())
                .expression_attribute_values(":old", old.clone())
                .send()
        };
        self.write(update).await.map(|_| ())
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
            let granted =
                crate::domain::Paperless { granted: true, since: now, by: PaperlessBy::Tenant };
            values.push((":paperless", value(&granted)?));
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

    /// Gives `lease`, which must be free and as it was seen, to `tenant`.
    fn claim_lease(
        &self,
        lease: &Lease,
        tenant: TenantId,
    ) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
        let mut values = vec![
            (":tenant", s(tenant)),
            (":last_name", value(&lease.last_name)?),
            (":first_name", value(&lease.first_name)?),
            (":agency", value(&lease.agency)?),
        ];
        let end = match lease.ends_on {
            Some(ends_on) => {
                values.push((":ends_on", value(&ends_on)?));
                "ends_on = :ends_on"
            }
            None => "attribute_exists(pk) AND attribute_not_exists(ends_on)",
        };
        update(
            &self.tenants,
            key::lease(&lease.reference),
            "SET tenant = :tenant",
            &format!(
                "attribute_not_exists(tenant) AND last_name = :last_name \
                 AND first_name = :first_name AND agency = :agency AND {end}"
            ),
            values,
        )
    }

    /// Marks the link `id`, unused and unexpired, as used, and does what `and` says.
    fn use_link(
        &self,
        id: LinkId,
        now: Timestamp,
        and: &str,
    ) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
        update(
            &self.tokens,
            key::link(id),
            &format!("SET used_at = :now {and}"),
            "attribute_exists(pk) AND attribute_not_exists(used_at) AND expires_at > :now",
            vec![(":now", n(now.as_second()))],
        )
    }

    /// Ends every session and link made under the account's epoch.
    fn move_epoch(
        &self,
        account: &Account,
    ) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
        update(
            &self.tenants,
            key::tenant(account.id),
            "SET epoch = :next",
            "epoch = :epoch AND email = :email AND lease = :lease",
            vec![
                (":epoch", n(account.epoch)),
                (":next", n(account.epoch + 1)),
                (":email", value(&account.email)?),
                (":lease", value(&account.lease)?),
            ],
        )
    }

    /// Sets the password under the account's address, of the next epoch.
    fn set_password(
        &self,
        account: &Account,
        password: &PasswordHash,
    ) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
        update(
            &self.tenants,
            key::email(&account.email.folded()),
            "SET password = :password, epoch = :next",
            "tenant = :tenant AND epoch = :epoch",
            vec![
                (":password", value(password)?),
                (":tenant", s(account.id)),
                (":epoch", n(account.epoch)),
                (":next", n(account.epoch + 1)),
            ],
        )
    }

    /// The link that registered, and what it needs to be used.
    ///
    /// # Errors
    ///
    /// `link_expired`.
    pub async fn registration(&self, id: LinkId) -> Result<Link<Registration>, Error> {
        self.link(id).await
    }
}
