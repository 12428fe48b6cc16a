//! Changes of the password.

use super::accounts::{move_epoch, set_password};
use super::action::Action;
use super::links::use_link;
use super::rules;
use super::{Link, Notice, Store, Table, Write, key};
use crate::domain::{Account, By, SessionId, What};
use crate::error::Error;
use crate::passwords::PasswordHash;

impl Store {
    /// Sets a new password by the link `by`, in one transaction: ends every session and every other
    /// reset link of `account`, and queues the mail to the tenant.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn reset_password<P>(
        &self,
        by: &Link<P>,
        account: &Account,
        password: &PasswordHash,
        notice: &Notice,
    ) -> Result<Write, Error> {
        let actions = vec![
            move_epoch(account)?,
            set_password(account, None, password)?,
            use_link(by, self.clock.now()),
            self.tell(notice)?,
        ];
        self.act(account.id, What::PasswordReset.by(&By::Tenant), actions).await
    }

    /// Replaces the password `read` by a new one, in one transaction: keeps `session`, ends every
    /// other session, and queues the mail to the tenant.
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
    ) -> Result<Write, Error> {
        let of_epoch = rules::session_of_epoch(account.id, account.epoch)?;
        let carry_along = Action::update(Table::Tokens, key::session(session), of_epoch)
            .set("epoch", &(account.epoch + 1));
        let actions = vec![
            move_epoch(account)?,
            set_password(account, Some(read), password)?,
            carry_along,
            self.tell(notice)?,
        ];
        self.act(account.id, What::PasswordChanged.by(&By::Tenant), actions).await
    }
}
