//! Changes of the address, and taking a change back.

use serde::Serialize;

use super::accounts::{change_tenant, delete_credentials, put_credentials, set_password};
use super::action::Action;
use super::links::use_link;
use super::{Credentials, Link, Store, Table, Write, key, rules};
use crate::domain::{Account, By, EmailAddress, Revert, SessionId, What};
use crate::error::Error;
use crate::mail::MailName;
use crate::passwords::PasswordHash;

impl Store {
    /// Puts the row of the `link` that changes the address of `account`, to be mailed as `mail`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn ask_email_change<P: Serialize>(
        &self,
        account: &Account,
        link: &Link<P>,
        mail: MailName,
    ) -> Result<(), Error> {
        let asked = What::AddressChangeAsked.by(&By::Tenant);
        match self.act(account.id, asked, vec![link.insertion(mail)?]).await? {
            // The ids are random, so a row with one of them is our own.
            Write::Done | Write::Stale | Write::Refused(_) => Ok(()),
        }
    }

    /// Changes the address of `account` to `email` by the link `by`, in one transaction: ends every
    /// session and mails the link `revert` to the old address. Refused: `AddressFree`. Stale also
    /// where the `session` that confirmed it has ended.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn change_email<P, R: Serialize>(
        &self,
        by: &Link<P>,
        account: &Account,
        credentials: &Credentials,
        email: &EmailAddress,
        session: Option<SessionId>,
        revert: (&Link<R>, MailName),
    ) -> Result<Write, Error> {
        let now = self.clock.now();
        let (revert, mail) = revert;
        let mut reverts: Vec<Revert> = account.reverts_at(now).collect();
        reverts.push(Revert { link: revert.id, until: revert.expires_at });
        let mut actions = vec![
            use_link(by, now),
            give_address(account, email, &reverts)?,
            put_credentials(account, account.epoch + 1, email, &credentials.password)?,
            delete_credentials(account, Some(&credentials.password))?,
            revert.insertion(mail)?,
        ];
        if let Some(session) = session {
            // It ends with the epoch. Where it was ended before, it has confirmed nothing.
            let owned = rules::session_owned(account.id)?;
            let seen = Action::update(Table::Tokens, key::session(session), owned);
            actions.push(seen.set("seen_at", &now.as_second()));
        }
        self.act(account.id, What::AddressChanged.by(&By::Tenant), actions).await
    }

    /// Changes the address of `account` back to `email` by the link `by`, in one transaction: ends
    /// every session, voids the links that take later changes back, removes the password, and mails
    /// the link `reset` to choose a new one. Refused: `AddressFree`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn revert_email<P, R: Serialize>(
        &self,
        by: &Link<P>,
        account: &Account,
        email: &EmailAddress,
        reset: (&Link<R>, MailName),
    ) -> Result<Write, Error> {
        let now = self.clock.now();
        let unusable = PasswordHash::unusable();
        let earlier: Vec<Revert> =
            account.reverts_at(now).take_while(|revert| revert.link != by.id).collect();
        let (reset, mail) = reset;
        let mut actions = vec![use_link(by, now), give_address(account, email, &earlier)?];
        if account.email.folded() == email.folded() {
            actions.push(set_password(account, None, &unusable)?);
        } else {
            actions.push(put_credentials(account, account.epoch + 1, email, &unusable)?);
            actions.push(delete_credentials(account, None)?);
        }
        actions.push(reset.insertion(mail)?);
        self.act(account.id, What::AddressChangeReverted.by(&By::Tenant), actions).await
    }
}

/// Sets the address of `account` to `email` at the next epoch, with the changes that can then be
/// taken back. Bounces of the former address do not concern the new one, so they are removed.
fn give_address(
    account: &Account,
    email: &EmailAddress,
    reverts: &[Revert],
) -> Result<Action, Error> {
    Ok(change_tenant(account)?
        .set("email", email)
        .set("epoch", &(account.epoch + 1))
        .set("reverts", &reverts)
        .remove("mail_state"))
}
