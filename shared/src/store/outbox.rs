//! The queue of mails. A mail is a row, written in the transaction that causes it and sent by
//! `deliver-mail`.
//!
//! `try_at` is the time of a row's next attempt. A failure moves only its own row. A claim moves
//! the row, too: if a delivery dies after claiming a row, the row is due again in 5 minutes.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::asked::no_longer_asked;
use super::query::{Query, Range, stop_if};
use super::queue::{Final, Queue};
use super::rules;
use super::{Item, Link, Store, Table, Write, item, key, links, n, pk, read, s};
use crate::domain::{
    Account, AgencyRequestKind, By, EmailAddress, Language, LeaseReference, LinkId, Name, NoticeId,
    Purpose, Settlement, TenantId, What,
};
use crate::error::Error;
use crate::mail::{Mail, MailName};
use crate::random;

/// How long a notice is kept, sent or not.
const NOTICE_LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long a delivery has a mail to itself. If SES's response is lost, SES may have taken the
/// mail, so the mail is not tried again earlier.
const CLAIM: SignedDuration = SignedDuration::from_mins(5);

/// A mail without a link of its own.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A mail whose content and recipient are known when it is caused.
    Settled(Addressed, Mail),
    /// Another activation mail of a registration.
    ActivationAgain(LinkId),
    /// The identifier, for a caller who named a lease and its last name.
    IdentifierReminder(LeaseReference, Name),
}

/// The recipient of a mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Addressed {
    /// The account that the mail is about.
    pub tenant: TenantId,
    /// The address that the mail goes to.
    pub to: EmailAddress,
    /// The language of the mail.
    pub language: Language,
}

impl Addressed {
    /// The tenant of `account`, at the account's present address.
    #[must_use]
    pub fn to(account: &Account) -> Self {
        Self { tenant: account.id, to: account.email.clone(), language: account.language }
    }
}

impl Notice {
    /// `mail` to the tenant of `account`, at the account's present address.
    #[must_use]
    pub fn to(account: &Account, mail: Mail) -> Self {
        Self::Settled(Addressed::to(account), mail)
    }
}

#[derive(Deserialize, Serialize)]
struct SettledItem {
    #[serde(flatten)]
    addressed: Addressed,
    #[serde(flatten)]
    mail: Mail,
}

#[derive(Deserialize, Serialize)]
struct ActivationAgainItem {
    mail: MailName,
    registration: LinkId,
}

#[derive(Deserialize, Serialize)]
struct ReminderItem {
    mail: MailName,
    lease: LeaseReference,
    last_name: Name,
}

/// A due mail, read from the index of unsent mails.
#[derive(Clone, Debug)]
pub struct DueMail {
    /// The key of the mail's row.
    pub row: String,
    /// When the mail was caused.
    pub created_at: Timestamp,
    try_at: Timestamp,
}

/// Due mails.
#[derive(Clone, Debug, Default)]
pub struct DueMails {
    /// The mails, longest due first.
    pub mails: Vec<DueMail>,
    /// Whether more mails are due.
    pub more: bool,
    /// How many rows in the queue are not mails of ours. They are neither sent nor settled.
    pub foreign: usize,
}

impl DueMail {
    /// Reads a mail from its row in the index. A row without a readable `created_at` is due, too,
    /// so that it is settled as broken.
    fn of(item: &Item) -> Option<Self> {
        let time = |name: &str| {
            let seconds = item.get(name)?.as_n().ok()?.parse().ok()?;
            Timestamp::from_second(seconds).ok()
        };
        let row = pk(item);
        let try_at = time("try_at")?;
        let created_at = time("created_at").unwrap_or(try_at);
        key::may_be_mail(row).then(|| Self { row: row.to_owned(), created_at, try_at })
    }
}

/// Which rows a delivery may claim.
#[derive(Clone, Copy, Debug)]
pub enum WhenClaimed {
    /// A new row, from the stream.
    New,
    /// A due row, found by a sweep.
    Due,
}

/// A mail that one delivery has claimed.
#[derive(Debug)]
pub struct Claimed {
    row: String,
    item: Item,
    /// The mail's place in the queue.
    pub queue: Queue,
    /// When the mail was caused.
    pub created_at: Timestamp,
    /// When the mail expires and is no longer sent.
    pub expires_at: Timestamp,
}

impl Claimed {
    /// The key of the mail's row.
    #[must_use]
    pub fn row(&self) -> &str {
        &self.row
    }

    /// The purpose of the mail's link; `None` for a notice.
    #[must_use]
    pub fn purpose(&self) -> Option<Purpose> {
        key::read_link(&self.row).map(|(purpose, _)| purpose)
    }

    /// The mail's link.
    ///
    /// # Errors
    ///
    /// When the row is not a link with such a payload.
    pub fn link<P: DeserializeOwned>(&self) -> Result<Link<P>, Error> {
        let (purpose, id) =
            key::read_link(&self.row).ok_or_else(|| broken("the row is no link's"))?;
        links::read_link(purpose, id, self.item.clone())
    }

    /// The account that the row names, also if the rest of the row is unreadable.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        TenantId::try_from(self.item.get("tenant")?.as_s().ok()?.as_str()).ok()
    }

    /// The request to the agency that the mail carries, also if the rest of the row is unreadable.
    #[must_use]
    pub fn request(&self) -> Option<LinkId> {
        let (purpose, id) = key::read_link(&self.row)?;
        (purpose == Purpose::AgencyRequest).then_some(id)
    }

    /// The notice.
    ///
    /// # Errors
    ///
    /// When the row is not a readable notice.
    pub fn notice(&self) -> Result<Notice, Error> {
        if !self.row.starts_with(key::NOTICE) {
            return Err(broken("the row is not a notice"));
        }
        read_notice(self.item.clone())
    }
}

fn broken(why: &'static str) -> Error {
    Error::Unavailable(why.into())
}

pub(super) fn read_notice(item: Item) -> Result<Notice, Error> {
    #[derive(Deserialize)]
    struct Named {
        mail: MailName,
    }
    let Named { mail } = read(item.clone())?;
    Ok(match mail {
        MailName::Activation => {
            Notice::ActivationAgain(read::<ActivationAgainItem>(item)?.registration)
        }
        MailName::IdentifierReminder => {
            let ReminderItem { lease, last_name, .. } = read(item)?;
            Notice::IdentifierReminder(lease, last_name)
        }
        _ => {
            let SettledItem { addressed, mail } = read(item)?;
            Notice::Settled(addressed, mail)
        }
    })
}

impl Store {
    /// Puts `notice` into the queue, as an action for the transaction that causes it.
    pub(super) fn tell(&self, notice: &Notice) -> Result<Action, Error> {
        let (id, now): (NoticeId, _) = (random::id(), self.clock.now());
        let pk = key::notice(id);
        let mut row = match notice.clone() {
            Notice::Settled(addressed, mail) => item(pk, &SettledItem { addressed, mail })?,
            Notice::ActivationAgain(registration) => {
                let mail = MailName::Activation;
                item(pk, &ActivationAgainItem { mail, registration })?
            }
            Notice::IdentifierReminder(lease, last_name) => {
                let mail = MailName::IdentifierReminder;
                item(pk, &ReminderItem { mail, lease, last_name })?
            }
        };
        row.extend(
            item(String::new(), &Queue::new(id.bytes(), now))?
                .into_iter()
                .filter(|(name, _)| name != "pk"),
        );
        row.insert("created_at".to_owned(), n(now.as_second()));
        row.insert("expires_at".to_owned(), n(later(now, NOTICE_LIFETIME).as_second()));
        Ok(Action::put(Table::Tokens, row, rules::new()))
    }

    /// Puts `notice` into the queue.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn put_notice(&self, notice: &Notice) -> Result<(), Error> {
        self.insert(self.tell(notice)?).await
    }

    /// Claims the mail in `row` for one delivery, for 5 minutes. `None` if the mail is settled, not
    /// due, or claimed by another delivery. An unreadable row is settled as broken. A row of an
    /// unknown kind counts as broken but is not written to, because its owner is unknown.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn claim_mail(
        &self,
        row: &str,
        when: WhenClaimed,
    ) -> Result<Option<Result<Claimed, Final>>, Error> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(with = "second::required")]
            created_at: Timestamp,
            #[serde(with = "second::required")]
            expires_at: Timestamp,
            #[serde(flatten)]
            queue: Queue,
        }
        if !key::may_be_mail(row) {
            return Ok(Some(Err(Final::Broken)));
        }
        let now = self.clock.now();
        let free = match when {
            WhenClaimed::New => rules::mail_new(),
            WhenClaimed::Due => rules::mail_due(now),
        };
        let claim = Action::update(Table::Tokens, row.to_owned(), free)
            .set("try_at", &later(now, CLAIM).as_second())
            .add("attempts", 1);
        let (write, claimed) = self.write_returning(claim, ReturnValue::AllNew).await?;
        let Some(item) = claimed.filter(|_| write.is_done()) else {
            return Ok(None);
        };
        let row = row.to_owned();
        let Ok(Head { created_at, expires_at, queue }) = read(item.clone()) else {
            let settle = Action::update(Table::Tokens, row, rules::mail_known());
            let _ = self.write(settled(settle, Final::Broken, now)).await?;
            return Ok(Some(Err(Final::Broken)));
        };
        Ok(Some(Ok(Claimed { row, item, queue, created_at, expires_at })))
    }

    /// Settles a mail with its final state.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn settle_mail(&self, mail: &Claimed, outcome: Final) -> Result<Write, Error> {
        self.write(self.settlement(mail, outcome)).await
    }

    /// Puts a mail off until `try_at`. `unanswered` is how often SES did not answer. `admitted`
    /// says whether the limits and stops of the address have already let the mail pass.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn put_off_mail(
        &self,
        mail: &Claimed,
        try_at: Timestamp,
        unanswered: u32,
        admitted: bool,
    ) -> Result<Write, Error> {
        let claimed = rules::mail_claimed(mail.queue.attempts);
        let put_off = Action::update(Table::Tokens, mail.row.clone(), claimed)
            .set("try_at", &try_at.as_second())
            .set("unanswered", &unanswered)
            .set("admitted", &admitted);
        self.write(put_off).await
    }

    /// Settles the mail that brought a request to the agency as sent, and queues `notice` to the
    /// tenant, in one transaction.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn settle_delivered_request(
        &self,
        mail: &Claimed,
        notice: &Notice,
    ) -> Result<Write, Error> {
        self.transact(vec![self.settlement(mail, Final::Sent), self.tell(notice)?]).await
    }

    /// Settles the mail that did not bring the request `link` to the agency, in one transaction:
    /// closes the request, so that the tenant may ask again, and queues `notice` to the tenant.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn settle_undelivered_request(
        &self,
        mail: &Claimed,
        outcome: Final,
        account: &Account,
        (kind, link): (AgencyRequestKind, LinkId),
        notice: &Notice,
    ) -> Result<Write, Error> {
        let mut settle = self.settlement(mail, outcome);
        if outcome != Final::Broken {
            let settled = Settlement::not_delivered(self.clock.now());
            settle = settle.set("payload.settled", &settled);
        }
        let ask_no_more = no_longer_asked(account, kind, link, self.clock.now())?;
        let act = What::RequestNotDelivered.by(&By::MailFeedback).with(Some(kind.name()));
        let actions = vec![settle, ask_no_more, self.tell(notice)?];
        self.act(account.id, act, actions).await
    }

    pub(super) fn settlement(&self, mail: &Claimed, outcome: Final) -> Action {
        let claimed = rules::mail_claimed(mail.queue.attempts);
        let settle = Action::update(Table::Tokens, mail.row.clone(), claimed);
        settled(settle, outcome, self.clock.now())
    }

    /// The due mails, at most `most` of each shard. Any number of foreign rows before them is
    /// skipped.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn due_mails(&self, most: usize) -> Result<DueMails, Error> {
        let now = self.clock.now();
        let shards = key::outbox_shards().map(|shard| self.due_in(shard, now, most));
        let mut due = DueMails::default();
        for DueMails { mails, more, foreign } in futures_util::future::try_join_all(shards).await? {
            due.mails.extend(mails);
            due.more |= more;
            due.foreign += foreign;
        }
        due.mails.sort_by_key(|mail| mail.try_at);
        Ok(due)
    }

    async fn due_in(
        &self,
        shard: impl ToString,
        now: Timestamp,
        most: usize,
    ) -> Result<DueMails, Error> {
        let query = Query {
            table: Table::Tokens,
            index: key::OUTBOX,
            hash: ("outbox", s(shard)),
            range: Some(("try_at", Range::UpTo(n(now.as_second())))),
            page: Some(i32::try_from(most).unwrap_or(i32::MAX)),
        };
        let mut due = DueMails::default();
        self.query(query, |item| {
            match DueMail::of(&item) {
                Some(mail) => due.mails.push(mail),
                None => due.foreign += 1,
            }
            due.more = due.mails.len() >= most;
            Ok(stop_if(due.more))
        })
        .await?;
        Ok(due)
    }
}

fn settled(action: Action, outcome: Final, now: Timestamp) -> Action {
    action
        .set("settled", &outcome)
        .set("settled_at", &now.as_second())
        .remove("outbox")
        .remove("try_at")
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
