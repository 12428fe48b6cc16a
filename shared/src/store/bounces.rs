//! Addresses whose mails come back: when they are written to again.
//!
//! A stop is a day, then one mail as a probe, then 30 days.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::action::{Action, Condition};
use super::rules::Rule;
use super::write::retry_stale;
use super::{Store, Table, item, key, n};
use crate::domain::in_paris;
use crate::error::Error;

/// The first stop.
const FIRST_STOP: SignedDuration = SignedDuration::from_hours(24);
/// The stop after a probe that came back, and how long it is remembered that any mail did.
const LONG_STOP: SignedDuration = SignedDuration::from_hours(30 * 24);
/// For how long other mails wait for the fate of a probe.
const PROBE: SignedDuration = SignedDuration::from_hours(1);

/// How mails to an address came back.
#[derive(Clone, Debug, Deserialize, Serialize)]
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
    #[serde(default, with = "second::optional", skip_serializing_if = "Option::is_none")]
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
                Some(_) => later(now, LONG_STOP),
                None => later(now, FIRST_STOP),
            };
            let bounce = Bounce {
                bounced_at: now,
                reason: reason.to_owned(),
                stopped_until: until,
                probed_at: None,
                expires_at: later(now, LONG_STOP).max(until),
            };
            let row = item(key::bounce(subject), &bounce)?;
            let as_read = match &known {
                Some(known) => Condition::is("bounced_at", &known.bounced_at.as_second())?,
                None => Condition::Any(vec![
                    Condition::Lacks("pk".to_owned()),
                    Condition::AtMost("expires_at".to_owned(), n(now.as_second())),
                ]),
            };
            let put = Action::put(Table::Tokens, row, Rule::BounceAsRead).when(as_read);
            Ok(self.write(put).await?.is_done().then_some(()))
        })
        .await
    }

    /// Whether a mail may go to the address filed as `subject` now. One that is `urgent`, which its
    /// owner waits for, may once a day whatever came back.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn may_mail(&self, subject: &str, urgent: bool) -> Result<Permission, Error> {
        let Some(bounce) = self.find_bounce(subject).await? else {
            return Ok(Permission::Granted);
        };
        let now = self.clock.now();
        if bounce.stopped_until > now {
            if !urgent {
                return Ok(Permission::Denied);
            }
            let today = in_paris(now);
            let not_yet = Condition::Any(vec![
                Condition::Lacks("tried_on".to_owned()),
                Condition::Below("tried_on".to_owned(), super::value(&today)?),
            ]);
            let try_today =
                Action::update(Table::Tokens, key::bounce(subject), Rule::NotTriedToday)
                    .set("tried_on", &today)
                    .when(Condition::All(vec![Condition::Has("pk".to_owned()), not_yet]));
            let tried = self.write(try_today).await?.is_done();
            return Ok(if tried { Permission::Granted } else { Permission::Denied });
        }
        match bounce.probed_at {
            Some(probed_at) if later(probed_at, PROBE) > now && !urgent => {
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
