//! What became of mails.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::expression::{n, s};
use super::{Store, key, value};
use crate::domain::{EmailAddress, LeaseReference, LinkId, MailState, TenantId};
use crate::error::Error;

/// For how long an address whose mails came back for good gets no more.
const STOPPED_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Whom a mail was about, as its row says.
#[derive(Deserialize)]
struct About {
    #[serde(default)]
    tenant: Option<TenantId>,
    #[serde(default)]
    payload: Option<Payload>,
    /// The link that it carries again.
    #[serde(default)]
    registration: Option<LinkId>,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    email: Option<EmailAddress>,
    #[serde(default)]
    lease: Option<LeaseOf>,
}

/// The lease of a registration is a map, that of an agency request its reference.
#[derive(Deserialize)]
#[serde(untagged)]
enum LeaseOf {
    Registration { reference: LeaseReference },
    Request(serde::de::IgnoredAny),
}

impl Store {
    /// Sends no more mails to the address hashed in `subject`, for some time.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn stop_mails_to(&self, subject: &str) -> Result<(), Error> {
        let until = self.clock.now().saturating_add(STOPPED_FOR).unwrap_or(Timestamp::MAX);
        let put = || {
            self.client
                .put_item()
                .table_name(&self.tokens)
                .item("pk", s(key::bounce(subject)))
                .item("expires_at", n(until.as_second()))
                .send()
        };
        self.write(put).await.map(|_| ())
    }

    /// Whether mails to the address hashed in `subject` came back for good.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn mails_are_stopped(&self, subject: &str) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Stopped {
            expires_at: i64,
        }
        let row: Option<Stopped> = self.find(&self.tokens, key::bounce(subject)).await?;
        Ok(row.is_some_and(|row| row.expires_at > self.clock.now().as_second()))
    }

    /// Marks whatever the mail in `row` was about: the account, if `email` still is its address;
    /// else the lease of a registration that waits. The account, if it was one.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn record_mail_state(
        &self,
        row: &str,
        email: &EmailAddress,
        state: MailState,
    ) -> Result<Option<TenantId>, Error> {
        let Some(about) = self.find_about(row).await? else {
            return Ok(None);
        };
        let owner = match about.tenant {
            Some(tenant) => Some(tenant),
            None => self.find_credentials(email).await?.map(|credentials| credentials.tenant),
        };
        if let Some(tenant) = owner {
            let marked = self.mark_account(tenant, email, state).await?;
            return Ok(marked.then_some(tenant));
        }
        if let Some(Payload { email: Some(given), lease: Some(lease) }) = about.payload
            && let LeaseOf::Registration { reference } = lease
            && given.folded() == email.folded()
        {
            self.mark_pending(&reference, state).await?;
        }
        Ok(None)
    }

    /// Whom the mail in `row` was about. `None` for what is no mail of ours, or is no longer there.
    async fn find_about(&self, row: &str) -> Result<Option<About>, Error> {
        if ![key::LINK, key::NOTICE].into_iter().any(|kind| row.starts_with(kind)) {
            return Ok(None);
        }
        let mut about: Option<About> = self.find(&self.tokens, row.to_owned()).await?;
        if let Some(About { registration: Some(link), .. }) = about {
            about = self.find(&self.tokens, key::link(link)).await?;
        }
        Ok(about)
    }

    /// Marks the account `tenant`, if `email` still is its address. Spellings are compared, not
    /// letters.
    async fn mark_account(
        &self,
        tenant: TenantId,
        email: &EmailAddress,
        state: MailState,
    ) -> Result<bool, Error> {
        let account = self.find_account(tenant).await?;
        let account = account.filter(|account| account.email.folded() == email.folded());
        let Some(account) = account else {
            return Ok(false);
        };
        let (state, stored) = (value(&state)?, value(&account.email)?);
        let update = || {
            self.client
                .update_item()
                .table_name(&self.tenants)
                .key("pk", s(key::tenant(tenant)))
                .update_expression("SET mail_state = :state")
                .condition_expression("email = :email")
                .expression_attribute_values(":state", state.clone())
                .expression_attribute_values(":email", stored.clone())
                .send()
        };
        self.write(update).await.map(|written| written.is_some())
    }

    /// Marks the lease of a registration that waits for its link to be followed.
    async fn mark_pending(&self, lease: &LeaseReference, state: MailState) -> Result<(), Error> {
        let state = value(&state)?;
        let update = || {
            self.client
                .update_item()
                .table_name(&self.tenants)
                .key("pk", s(key::lease(lease)))
                .update_expression("SET pending_mail_state = :state")
                .condition_expression("attribute_exists(pk) AND attribute_not_exists(tenant)")
                .expression_attribute_values(":state", state.clone())
                .send()
        };
        self.write(update).await.map(|_| ())
    }
}
