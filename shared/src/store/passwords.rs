//! Changing passwords.

use super::expression::{n, put_new, s, update};
use super::{Credentials, Notice, Store, key, value};
use crate::domain::{Account, EmailAddress, LinkId, SessionId};
use crate::error::Error;
use crate::passwords::PasswordHash;

impl Store {
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
        let actions = vec![
            self.move_epoch(account)?,
            self.set_password(account, None, password)?,
            self.use_link(id, self.clock.now(), "REMOVE outbox")?,
            put_new(&self.tokens, self.notice(notice)?)?,
        ];
        Ok(self.transact(actions).await?.is_empty())
    }

    /// Sets another password in place of the one `read`, in one transaction: `session` goes on,
    /// every other one ends, and the tenant is told. Whether it was done; not when account,
    /// password or session is no longer what it was.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn change_password(
        &self,
        account: &Account,
        read: &PasswordHash,
        password: &PasswordHash,
        session: SessionId,
        notice: &Notice,
    ) -> Result<bool, Error> {
        let carry_along = update(
            &self.tokens,
            key::session(session),
            "SET epoch = :next",
            "tenant = :tenant AND epoch = :epoch",
            vec![
                (":tenant", s(account.id)),
                (":epoch", n(account.epoch)),
                (":next", n(account.epoch + 1)),
            ],
        )?;
        let actions = vec![
            self.move_epoch(account)?,
            self.set_password(account, Some(read), password)?,
            carry_along,
            put_new(&self.tokens, self.notice(notice)?)?,
        ];
        Ok(self.transact(actions).await?.is_empty())
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
}
