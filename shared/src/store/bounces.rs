//! Bounces: when mails to an address are stopped, and when the address is tried again.
//!
//! The first stop is 24 hours. Then one mail is sent as a probe. If it bounces, the next stop is 30
//! days.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::action::Action;
use super::rules;
use super::write::retry_stale;
use super::{Claimed, Store, Table, Write, key};
use crate::domain::{Account, By, What, in_paris};
use crate::error::Error;
use crate::mail::MailName;

/// The length of the first stop.
const FIRST_STOP: SignedDuration = SignedDuration::from_hours(24);
/// The length of the stop after a bounced probe. A bounce is also remembered for this long.
const LONG_STOP: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long other mails wait to see whether a probe bounces.
const PROBE: SignedDuration = SignedDuration::from_hours(1);

/// The bounces of an address.
#[derive(Clone, Debug, Deserialize)]
pub struct Bounce {
    /// The time of the last bounce.
    #[serde(with = "second::required")]
    pub bounced_at: Timestamp,
    /// SES's reason: subtype and status, without an address.
    pub reason: String,
    /// Until when no mail is sent to the address.
    #[serde(with = "second::required")]
    pub stopped_until: Timestamp,
    /// When a probe was sent since the last bounce; absent when none was.
    #[serde(default, with = "second::optional")]
    pub probed_at: Option<Timestamp>,
    #[serde(with = "second::required")]
    expires_at: Timestamp,
}

/// Whether a mail may go to an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Permission {
    /// The mail may be sent.
    Granted,
    /// Not before that instant: another mail is the probe.
    Later(Timestamp),
    /// The mail may not be sent.
    Denied,
}

impl Store {
    /// The bounces of the address with the hash `subject` in the last 30 days, if there were any.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_bounce(&self, subject: &str) -> Result<Option<Bounce>, Error> {
        let bounce: Option<Bounce> = self.find(Table::Tokens, key::bounce(subject)).await?;
        let now = self.clock.now();
        Ok(bounce.filter(|bounce| bounce.expires_at > now))
    }

    /// Stops mails to the address with the hash `subject`, after a permanent bounce.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn stop_mails_to(&self, subject: &str, reason: &str) -> Result<(), Error> {
        retry_stale(|_| async {
            let known = self.find_bounce(subject).await?;
            let now = self.clock.now();
            let until = match &known {
                // This mail was under way when the stop began, so it does not lengthen the stop.
                Some(bounce) if bounce.stopped_until > now => bounce.stopped_until,
                Some(Bounce { probed_at: Some(_), .. }) => later(now, LONG_STOP),
                Some(_) | None => later(now, FIRST_STOP),
            };
            let as_read = match &known {
                Some(known) => rules::bounce_as_read(known.bounced_at),
                None => rules::no_bounce(now),
            };
            // The day's attempts by urgent mails are kept: a bounce must not allow a second
            // attempt.
            let stop = Action::update(Table::Tokens, key::bounce(subject), as_read)
                .set("bounced_at", &now.as_second())
                .set("reason", &reason)
                .set("stopped_until", &until.as_second())
                .set("expires_at", &later(now, LONG_STOP).max(until).as_second())
                .remove("probed_at");
            Ok(self.write(stop).await?.is_done().then_some(()))
        })
        .await
    }

    /// Whether `mail` may go to the address with the hash `subject` now. An urgent mail may be
    /// tried once a day, even at a stopped address.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn may_mail(
        &self,
        subject: &str,
        mail: &Claimed,
        urgent: Option<MailName>,
    ) -> Result<Permission, Error> {
        let Some(bounce) = self.find_bounce(subject).await? else {
            return Ok(Permission::Granted);
        };
        let now = self.clock.now();
        if bounce.stopped_until > now {
            return match urgent {
                Some(name) => self.try_today(subject, name, mail.row()).await,
                None => Ok(Permission::Denied),
            };
        }
        match bounce.probed_at {
            Some(probed_at) if later(probed_at, PROBE) > now && urgent.is_none() => {
                Ok(Permission::Later(later(probed_at, PROBE)))
            }
            Some(_) => Ok(Permission::Granted),
            None => {
                let pk = key::bounce(subject);
                let probe = Action::update(Table::Tokens, pk, rules::not_probed())
                    .set("probed_at", &now.as_second());
                let probes = self.write(probe).await?.is_done();
                Ok(if probes { Permission::Granted } else { Permission::Later(later(now, PROBE)) })
            }
        }
    }

    /// Takes today's attempt at a stopped address for the mail in `row`. Each kind of mail has its
    /// own attempt, so that none uses up another's.
    async fn try_today(
        &self,
        subject: &str,
        name: MailName,
        row: &str,
    ) -> Result<Permission, Error> {
        let today = in_paris(self.clock.now());
        let (attribute, this) = (format!("tried_{name}"), format!("{today} {row}"));
        let free = rules::not_tried_today(&attribute, today, &this);
        let take = Action::update(Table::Tokens, key::bounce(subject), free).set(&attribute, &this);
        let taken = self.write(take).await?.is_done();
        Ok(if taken { Permission::Granted } else { Permission::Denied })
    }

    /// Has `by` forget the bounces of the address of `account`, which has the hash `subject`, and the
    /// account's mark of them, in one transaction. Where there is neither, nothing is written.
    /// Stale: either has changed since it was read.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn lift_stop(
        &self,
        account: &Account,
        subject: &str,
        by: &By,
    ) -> Result<Write, Error> {
        let bounce = self.find_bounce(subject).await?;
        if bounce.is_none() && account.mail_state.is_none() {
            return Ok(Write::Done);
        }
        let as_read = rules::account_mark_as_read(account)?;
        let unmark = Action::update(Table::Tenants, key::tenant(account.id), as_read);
        let mut actions = vec![unmark.remove("mail_state")];
        if let Some(bounce) = bounce {
            let as_read = rules::bounce_as_read(bounce.bounced_at);
            actions.push(Action::delete(Table::Tokens, key::bounce(subject), as_read));
        }
        self.act(account.id, What::StopLifted.by(by), actions).await
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
