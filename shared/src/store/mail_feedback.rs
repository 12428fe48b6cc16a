//! What SES's feedback about a mail is about, and the marks that it leaves.

use serde::Deserialize;

use super::action::Action;
use super::links::MadeFor;
use super::rules;
use super::write::retry_stale;
use super::{Item, Store, Table, Write, key, read};
use crate::domain::{By, EmailAddress, LeaseReference, LinkId, MailState, Purpose, TenantId, What};
use crate::error::Error;

/// The subject of a mail.
#[derive(Clone, Debug)]
pub enum About {
    /// An account; `None` when the row names no account.
    Account(Option<TenantId>),
    /// A registration, with its address and lease.
    Registration(EmailAddress, LeaseReference),
    /// A request to the agency of this lease.
    Agency(LeaseReference),
}

#[derive(Deserialize)]
struct RegistrationRow {
    payload: RegistrationPayload,
    #[serde(default)]
    tenant: Option<MadeFor>,
}

#[derive(Deserialize)]
struct RegistrationPayload {
    email: EmailAddress,
    lease: RegisteredLease,
}

#[derive(Deserialize)]
struct RegisteredLease {
    reference: LeaseReference,
}

#[derive(Deserialize)]
struct RequestRow {
    payload: RequestPayload,
}

#[derive(Deserialize)]
struct RequestPayload {
    lease: LeaseReference,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    tenant: Option<TenantId>,
    /// The registration whose link the notice repeats.
    #[serde(default)]
    registration: Option<LinkId>,
}

impl Store {
    /// The subject of the mail in `row`. `None` if the row is not a mail or no longer exists.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_mail(&self, row: &str) -> Result<Option<About>, Error> {
        let purpose = key::read_link(row).map(|(purpose, _)| purpose);
        if purpose.is_none() && !row.starts_with(key::NOTICE) {
            return Ok(None);
        }
        let Some(item) = self.find_item(Table::Tokens, row.to_owned()).await? else {
            return Ok(None);
        };
        match purpose {
            Some(Purpose::Registration) => Ok(Some(registration(item)?)),
            Some(Purpose::AgencyRequest) => {
                Ok(Some(About::Agency(read::<RequestRow>(item)?.payload.lease)))
            }
            Some(_) => Ok(Some(About::Account(read::<Named>(item)?.tenant))),
            None => {
                let Named { tenant, registration: again } = read(item)?;
                let Some(again) = again else {
                    return Ok(Some(About::Account(tenant)));
                };
                let row = key::link(Purpose::Registration, again);
                self.find_item(Table::Tokens, row).await?.map(registration).transpose()
            }
        }
    }

    /// Marks the account `tenant`, if its address is still `email`, compared folded. Returns
    /// whether it is marked.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn mark_account(
        &self,
        tenant: TenantId,
        email: &EmailAddress,
        state: MailState,
    ) -> Result<bool, Error> {
        retry_stale(|_| async {
            let account = self.find_account(tenant).await?;
            let account = account.filter(|account| account.email.folded() == email.folded());
            let Some(account) = account else {
                return Ok(Some(false));
            };
            if account.mail_state == Some(state) {
                return Ok(Some(true));
            }
            let as_read = rules::account_mark_as_read(&account)?;
            let mark = Action::update(Table::Tenants, key::tenant(tenant), as_read);
            let mark = mark.set("mail_state", &state);
            let act = What::MailReturned.by(&By::MailFeedback).with(Some(state.name()));
            let marked = self.act(tenant, act, vec![mark]).await?;
            Ok(marked.is_done().then_some(true))
        })
        .await
    }

    /// Marks a free lease: the activation mail of a registration with it did not arrive.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn mark_pending(
        &self,
        lease: &LeaseReference,
        state: MailState,
    ) -> Result<Write, Error> {
        let mark = Action::update(Table::Tenants, key::lease(lease), rules::lease_free())
            .set("pending_mail_state", &state);
        self.write(mark).await
    }
}

fn registration(item: Item) -> Result<About, Error> {
    let RegistrationRow { payload, tenant } = read(item)?;
    Ok(match tenant.and_then(|made_for| made_for.account()) {
        Some(tenant) => About::Account(Some(tenant)),
        None => About::Registration(payload.email, payload.lease.reference),
    })
}
