//! Making an account.

use super::expression::put_new;
use super::{Credentials, Link, Notice, Registration, Store, item, key};
use crate::domain::{Account, LinkId};
use crate::error::Error;
use crate::passwords::PasswordHash;

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

impl Store {
    /// The link that registered, and what it needs to be used.
    ///
    /// # Errors
    ///
    /// `link_expired`.
    pub async fn registration(&self, id: LinkId) -> Result<Link<Registration>, Error> {
        self.link(id).await
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
}
