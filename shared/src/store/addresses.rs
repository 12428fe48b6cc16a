//! Changing addresses, and taking a change back.

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::expression::{n, put_new};
use super::{Credentials, EmailChanged, Link, Store, item, key, value};
use crate::domain::{Account, EmailAddress, LinkId, Revert};
use crate::error::Error;
use crate::passwords::PasswordHash;

/// Why an address was not changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AddressRefused {
    /// It is another account's.
    EmailUsed,
    /// The link was used, or has expired.
    LinkUsed,
    /// The account is no longer as it was read.
    AccountChanged,
}

impl Store {
    /// Gives `account` the address `email` by the link `id`, in one transaction: every session
    /// ends, and the old address is told, with the link `revert` that takes it back.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn change_email(
        &self,
        id: LinkId,
        account: &Account,
        credentials: &Credentials,
        email: &EmailAddress,
        revert: (LinkId, &Link<EmailChanged>),
    ) -> Result<Result<(), AddressRefused>, Error> {
        let now = self.clock.now();
        let (revert_id, revert) = revert;
        let mut reverts: Vec<Revert> = account.reverts_at(now).collect();
        reverts.push(Revert { link: revert_id, until: revert.expires_at });
        let change = self.give_address(account, email, &reverts)?;
        let actions = vec![
            self.use_link(id, now, "REMOVE outbox")?,
            change,
            self.put_credentials(account, email, &credentials.password)?,
            self.delete_credentials(account, Some(&credentials.password))?,
            put_new(&self.tokens, item(key::link(revert_id), revert)?)?,
        ];
        self.change_address(actions).await
    }

    /// Gives `account` the address `email` back by the link `id`, whatever its present one is, in
    /// one transaction: later changes cannot be taken back any more, every session ends, no
    /// password opens the account, and the link `reset` to choose one is mailed.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn revert_email<P: serde::Serialize>(
        &self,
        id: LinkId,
        account: &Account,
        email: &EmailAddress,
        reset: (LinkId, &Link<P>),
    ) -> Result<Result<(), AddressRefused>, Error> {
        let now = self.clock.now();
        let unusable = PasswordHash::unusable();
        let earlier: Vec<Revert> =
            account.reverts_at(now).take_while(|revert| revert.link != id).collect();
        let change = self.give_address(account, email, &earlier)?;
        let (reset_id, reset) = reset;
        let mut actions = vec![self.use_link(id, now, "REMOVE outbox")?, change];
        if account.email.folded() == email.folded() {
            actions.push(self.set_password(account, None, &unusable)?);
        } else {
            actions.push(self.put_credentials(account, email, &unusable)?);
            actions.push(self.delete_credentials(account, None)?);
        }
        actions.push(put_new(&self.tokens, item(key::link(reset_id), reset)?)?);
        self.change_address(actions).await
    }

    /// Gives `account` the address `email` at the next epoch, with the changes that can be taken
    /// back from then on. What came of mails to the present address says nothing of that one.
    fn give_address(
        &self,
        account: &Account,
        email: &EmailAddress,
        reverts: &[Revert],
    ) -> Result<TransactWriteItem, Error> {
        self.change_tenant(
            account,
            "SET email = :email, epoch = :next, reverts = :reverts REMOVE mail_state",
            vec![
                (":email", value(email)?),
                (":next", n(account.epoch + 1)),
                (":reverts", value(&reverts)?),
            ],
        )
    }

    /// Runs a transaction that uses a link first, changes the account second and takes an address
    /// third: one that the account itself took meanwhile is no other's.
    async fn change_address(
        &self,
        actions: Vec<TransactWriteItem>,
    ) -> Result<Result<(), AddressRefused>, Error> {
        let refusals = self.transact(actions).await?;
        Ok(if refusals.is_empty() {
            Ok(())
        } else if refusals.at(0) {
            Err(AddressRefused::LinkUsed)
        } else if refusals.at(1) || !refusals.at(2) {
            Err(AddressRefused::AccountChanged)
        } else {
            Err(AddressRefused::EmailUsed)
        })
    }
}
