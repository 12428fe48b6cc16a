//! Changes of the password.

use serde::Serialize;

use super::accounts::{move_epoch, set_password};
use super::action::Action;
use super::links::use_link;
use super::rules;
use super::{Link, Notice, Store, Table, Write, key};
use crate::domain::{Account, By, SessionId, What};
use crate::error::Error;
use crate::mail::MailName;
use crate::passwords::PasswordHash;

impl Store {
    /// Puts the row of the `link` with which the tenant of `account` can choose another password, to be
    /// mailed as `mail`, because `by` asked for it.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn put_reset<P: Serialize>(
        &self,
        account: &Account,
        link: &Link<P>,
        mail: MailName,
        by: &By,
    ) -> Result<(), Error> {
        let sent = What::MailSentAgain.by(by).with(Some(mail.as_str()));
        match self.act(account.id, sent, vec![link.insertion(mail)?]).await? {
            // The ids are random, so a row with one of them is our own.
            Write::Done | Write::Stale | Write::Refused(_) => Ok(()),
        }
    }

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
