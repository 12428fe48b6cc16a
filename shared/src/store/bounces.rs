//! Addresses whose mails come back: when they are written to again.
//!
//! A stop is a day, then one mail as a probe, then 30 days.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::action::Action;
use super::expression::Condition;
use super::rules::Rule;
use super::write::retry_stale;
use super::{Claimed, Store, Table, key, n, value};
use crate::domain::in_paris;
use crate::error::Error;
use crate::mail::MailName;

/// The first stop.
const FIRST_STOP: SignedDuration = SignedDuration::from_hours(24);
/// The stop after a probe that came back, and how long it is remembered that any mail did.
const LONG_STOP: SignedDuration = SignedDuration::from_hours(30 * 24);
/// For how long other mails wait for the fate of a probe.
const PROBE: SignedDuration = SignedDuration::from_hours(1);

/// How mails to an address came back.
#[derive(Clone, Debug, Deserialize)]
pub struct Bounce {
    /// When the last one did.
    #[serde(with = "second::required")]
    pub bounced_at: Timestamp,
    /// What SES said of it: its subtype and status, no address.
    pub reason: String,
    /// Until when none is sent.
    #[serde(with = "second::required")]
    pub stopped_until: Timestamp,
    /// When the probe was sent.
    #[serde(default, with = "second::optional")]
    pub probed_at: Option<Timestamp>,
    #[serde(with = "second::required")]
    expires_at: Timestamp,
}

/// Whether a mail may go to an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Permission {
    /// It may.
    Granted,
    /// Not before that instant: it waits for the fate of another mail.
    Later(Timestamp),
    /// It may not.
    Denied,
}

impl Store {
    /// How mails to the address filed as `subject` came back, if they did in the last 30 days.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_bounce(&self, subject: &str) -> Result<Option<Bounce>, Error> {
        let bounce: Option<Bounce> = self.find(Table::Tokens, key::bounce(subject)).await?;
        let now = self.clock.now();
        Ok(bounce.filter(|bounce| bounce.expires_at > now))
    }

    /// Stops mails to the address filed as `subject`: there is no such mailbox.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn stop_mails_to(&self, subject: &str, reason: &str) -> Result<(), Error> {
        retry_stale(|_| async {
            let known = self.find_bounce(subject).await?;
            let now = self.clock.now();
            let until = match &known {
                // A mail that was under way when the stop began.
                Some(bounce) if bounce.stopped_until > now => bounce.stopped_until,
                Some(Bounce { probed_at: Some(_), .. }) => later(now, LONG_STOP),
                Some(_) | None => later(now, FIRST_STOP),
            };
            let as_read = match &known {
                Some(known) => Condition::is("bounced_at", &known.bounced_at.as_second())?,
                None => Condition::Any(vec![
                    Condition::Lacks("pk".to_owned()),
                    Condition::AtMost("expires_at".to_owned(), n(now.as_second())),
                ]),
            };
            // Which mails were tried today stays: that they came back makes it no other day.
            let stop = Action::update(Table::Tokens, key::bounce(subject), Rule::BounceAsRead)
                .set("bounced_at", &now.as_second())
                .set("reason", &reason)
                .set("stopped_until", &until.as_second())
                .set("expires_at", &later(now, LONG_STOP).max(until).as_second())
                .remove("probed_at")
                .when(as_read);
            Ok(self.write(stop).await?.is_done().then_some(()))
        })
        .await
    }

    /// Whether `mail` may go to the address filed as `subject` now. One that is urgent may once a day
    /// whatever came back.
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
                let probe = Action::update(Table::Tokens, key::bounce(subject), Rule::BounceAsRead)
                    .set("probed_at", &now.as_second())
                    .when(Condition::All(vec![
                        Condition::Has("pk".to_owned()),
                        Condition::Lacks("probed_at".to_owned()),
                    ]));
                let probes = self.write(probe).await?.is_done();
                Ok(if probes { Permission::Granted } else { Permission::Later(later(now, PROBE)) })
            }
        }
    }

    /// Takes the one mail of that `name` that a stopped address gets in a day for the mail in `row`:
    /// each name has its own, so that none uses up another's.
    async fn try_today(
        &self,
        subject: &str,
        name: MailName,
        row: &str,
    ) -> Result<Permission, Error> {
        let today = in_paris(self.clock.now()).to_string();
        let (attribute, this) = (format!("tried_{name}"), format!("{today} {row}"));
        // It may be this row's already, by this very write, whose answer was lost.
        let free = Condition::Any(vec![
            Condition::Lacks(attribute.clone()),
            Condition::Below(attribute.clone(), value(&today)?),
            Condition::is(&attribute, &this)?,
        ]);
        let take = Action::update(Table::Tokens, key::bounce(subject), Rule::NotTriedToday)
            .set(&attribute, &this)
            .when(Condition::All(vec![Condition::Has("pk".to_owned()), free]));
        let taken = self.write(take).await?.is_done();
        Ok(if taken { Permission::Granted } else { Permission::Denied })
    }

    /// Forgets what came back from the address filed as `subject`.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn lift_stop(&self, subject: &str) -> Result<(), Error> {
        let lift = Action::delete(Table::Tokens, key::bounce(subject), Rule::Always).always();
        let _ = self.write(lift).await?;
        Ok(())
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}
