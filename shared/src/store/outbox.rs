//! Mails that are rows: written with what causes them, sent by `deliver-mail`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::expression::{n, s};
use super::links::{
    AgencyRequest, EmailChange, EmailChanged, Link, PasswordResetRequest, Registration,
};
use super::{Item, Store, item, key, read, unavailable};
use crate::domain::{
    Account, AgencyRequestKind, EmailAddress, Language, LeaseReference, LinkId, Name, NoticeId,
    Purpose, TenantId,
};
use crate::error::Error;
use crate::random;

/// How long a notice is kept, sent or not.
const NOTICE_LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);
/// For how long one delivery has a mail to itself.
const CLAIM: SignedDuration = SignedDuration::from_secs(60);

/// A mail that carries no link of its own.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "mail", rename_all = "kebab-case")]
pub enum Notice {
    /// The activation link once more.
    Activation {
        /// The registration whose link it is.
        registration: LinkId,
    },
    /// The account is active; here is its identifier.
    AccountActivated(Addressed),
    /// The password was changed.
    PasswordChanged(Addressed),
    /// Somebody kept a copy of a session's cookie.
    SessionTheft(Addressed),
    /// What was asked of the agency is on its way.
    AgencyRequestReceived {
        /// To whom.
        #[serde(flatten)]
        about: Addressed,
        /// What was asked.
        kind: AgencyRequestKind,
    },
    /// The account was closed.
    AccountClosed(Addressed),
    /// Rent notices come on paper again.
    PaperlessStopped(Addressed),
    /// The account is to be deactivated.
    ClosingSoon {
        /// To whom.
        #[serde(flatten)]
        about: Addressed,
        /// On which day.
        on: Date,
        /// In how many days.
        days: i64,
    },
    /// The account was deactivated.
    AccountDeactivated(Addressed),
    /// The identifier, for whoever knows lease and name.
    IdentifierReminder {
        /// The lease that was given.
        lease: LeaseReference,
        /// The name that was given.
        last_name: Name,
    },
}

/// To whom a mail goes, settled when it was caused.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Addressed {
    /// The account it is about.
    pub tenant: TenantId,
    /// The address it goes to.
    pub to: EmailAddress,
    /// The language it is in.
    pub language: Language,
}

impl Addressed {
    /// To the tenant of `account`, at its address of this moment.
    #[must_use]
    pub fn to(account: &Account) -> Self {
        Self { tenant: account.id, to: account.email.clone(), language: account.language }
    }
}

/// A mail that is due, for one delivery alone.
#[derive(Debug)]
pub struct Letter {
    /// The key of its row.
    pub row: String,
    /// When it can be sent no more.
    pub expires_at: Timestamp,
    /// Whether it was counted against its address in an earlier attempt.
    pub counted: bool,
    /// What it is.
    pub kind: LetterKind,
}

/// What a mail that is due is about.
#[derive(Debug)]
pub enum LetterKind {
    /// A household registered.
    Registration(LinkId, Box<Link<Registration>>),
    /// Somebody has forgotten a password.
    PasswordReset(LinkId, Link<PasswordResetRequest>),
    /// An account is to have another address.
    EmailChange(LinkId, Link<EmailChange>),
    /// An account has another address.
    EmailChanged(LinkId, Link<EmailChanged>),
    /// A tenant asks something of the agency.
    AgencyRequest(LinkId, Link<AgencyRequest>),
    /// Anything without a link of its own.
    Notice(Notice),
}

impl Store {
    /// The item of a new notice.
    pub(super) fn notice(&self, notice: &Notice) -> Result<Item, Error> {
        let now = self.clock.now();
        let id: NoticeId = random::id();
        let [first, ..] = id.bytes();
        let expires_at = now.saturating_add(NOTICE_LIFETIME).unwrap_or(Timestamp::MAX);
        let mut item = item(key::notice(id), notice)?;
        item.insert("outbox".to_owned(), s(key::outbox_shard(*first)));
        item.insert("created_at".to_owned(), n(now.as_second()));
        item.insert("expires_at".to_owned(), n(expires_at.as_second()));
        Ok(item)
    }

    /// Keeps a notice to be sent.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn put_notice(&self, notice: &Notice) -> Result<(), Error> {
        let item = self.notice(notice)?;
        self.insert(item).await
    }

    /// Takes the mail in `row` for one delivery, for a minute. `None` when it is sent, refused or
    /// dropped already, or another delivery has it.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn claim_letter(&self, row: &str) -> Result<Option<Letter>, Error> {
        let now = self.clock.now();
        let until = now.saturating_add(CLAIM).unwrap_or(Timestamp::MAX);
        let update = || {
            self.client
                .update_item()
                .table_name(&self.tokens)
                .key("pk", s(row))
                .update_expression("SET claimed_until = :until, counted = :true")
                .condition_expression(
                    "attribute_exists(outbox) AND \
                     (attribute_not_exists(claimed_until) OR claimed_until <= :now)",
                )
                .expression_attribute_values(":until", n(until.as_second()))
                .expression_attribute_values(":now", n(now.as_second()))
                .expression_attribute_values(":true", AttributeValue::Bool(true))
                .return_values(ReturnValue::AllOld)
                .send()
        };
        let Some(claimed) = self.write(update).await? else {
            return Ok(None);
        };
        claimed.attributes.map(|item| letter(row, item)).transpose()
    }

    /// Ends a mail: `outcome` (`sent_at`, `refused_at`, `dropped_at`) says how.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn settle_letter(&self, row: &str, outcome: &'static str) -> Result<(), Error> {
        self.put_down(row, &format!("SET {outcome} = :now REMOVE outbox, claimed_until")).await
    }

    /// Gives a mail back that could not be sent now.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn release_letter(&self, row: &str) -> Result<(), Error> {
        self.put_down(row, "SET tried_at = :now REMOVE claimed_until").await
    }

    async fn put_down(&self, row: &str, expression: &str) -> Result<(), Error> {
        let now = self.clock.now();
        let update = || {
            self.client
                .update_item()
                .table_name(&self.tokens)
                .key("pk", s(row))
                .update_expression(expression)
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_values(":now", n(now.as_second()))
                .send()
        };
        self.write(update).await.map(|_| ())
    }

    /// The rows of at most `most` mails of each shard that were caused `before` and are not sent,
    /// the oldest first, with when that was.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn unsent_letters(
        &self,
        before: Timestamp,
        most: i32,
    ) -> Result<Vec<(String, Timestamp)>, Error> {
        #[derive(Deserialize)]
        struct Unsent {
            pk: String,
            #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
            created_at: Timestamp,
        }
        let queries = key::outbox_shards().map(|shard| {
            self.client
                .query()
                .table_name(&self.tokens)
                .index_name(key::OUTBOX)
                .key_condition_expression("outbox = :shard AND created_at < :before")
                .expression_attribute_values(":shard", s(shard))
                .expression_attribute_values(":before", n(before.as_second()))
                .limit(most)
                .send()
        });
        let mut unsent = Vec::new();
        for found in futures_util::future::try_join_all(queries).await.map_err(unavailable)? {
            for item in found.items.unwrap_or_default() {
                let Unsent { pk, created_at } = read(item)?;
                unsent.push((pk, created_at));
            }
        }
        unsent.sort_by_key(|(_, created_at)| *created_at);
        Ok(unsent)
    }
}

/// The mail that `item`, the row called `row`, is.
fn letter(row: &str, item: HashMap<String, AttributeValue>) -> Result<Letter, Error> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
        expires_at: Timestamp,
        #[serde(default)]
        counted: bool,
        #[serde(default)]
        purpose: Option<Purpose>,
    }
    let head: Head = read(item.clone())?;
    let link = || {
        let id = row.strip_prefix(key::LINK).and_then(|id| LinkId::try_from(id).ok());
        id.ok_or_else(|| Error::Unavailable("a mail has no id".into()))
    };
    let kind = match head.purpose {
        Some(Purpose::Registration) => LetterKind::Registration(link()?, Box::new(read(item)?)),
        Some(Purpose::PasswordReset) => LetterKind::PasswordReset(link()?, read(item)?),
        Some(Purpose::EmailChange) => LetterKind::EmailChange(link()?, read(item)?),
        Some(Purpose::Revert) => LetterKind::EmailChanged(link()?, read(item)?),
        Some(Purpose::AgencyRequest) => LetterKind::AgencyRequest(link()?, read(item)?),
        None => LetterKind::Notice(read(item)?),
    };
    Ok(Letter { row: row.to_owned(), expires_at: head.expires_at, counted: head.counted, kind })
}
