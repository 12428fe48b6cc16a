//! Turns to send a mail: one row gives them out, evenly spaced, to all that send.
//!
//! SES has a rate for the account. Several instances send at once, from the stream and from the
//! sweep, and none knows of the others. So each takes a turn before it sends. The row holds the time
//! at which the next turn is free. Taking a turn costs one write where no others wait, else two.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::SignedDuration;

use super::action::Action;
use super::{Store, Table, key, rules};
use crate::error::Error;

/// The row has no turns further ahead than this: one that has is of a clock that was put back.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);
/// How long the row is kept without a mail.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

impl Store {
    /// Takes the next turn to send, of turns that are `apart`. Returns how long to wait for it, or
    /// `None` if that is `longest` or more: then no turn is taken.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn take_turn(
        &self,
        apart: SignedDuration,
        longest: SignedDuration,
    ) -> Result<Option<SignedDuration>, Error> {
        let now = self.clock.precise_now();
        let (now, kept_until) = (now.as_microsecond(), now.as_second() + KEPT.as_secs());
        let (apart, longest) = (micros(apart), micros(longest));
        let free = rules::turn_free(now, now + micros(AHEAD));
        let at_once = Action::update(Table::Tokens, key::TURNS.to_owned(), free)
            .set("next", &(now + apart))
            .set("expires_at", &kept_until);
        if self.write(at_once).await?.is_done() {
            return Ok(Some(SignedDuration::ZERO));
        }
        let soon = rules::turn_soon(now + longest);
        let later = Action::update(Table::Tokens, key::TURNS.to_owned(), soon).add("next", apart);
        let (write, row) = self.write_returning(later, ReturnValue::UpdatedNew).await?;
        if !write.is_done() {
            return Ok(None);
        }
        let next = row.as_ref().and_then(|row| row.get("next")?.as_n().ok()?.parse::<i64>().ok());
        let next = next.ok_or_else(|| Error::Unavailable("the row of turns has no time".into()))?;
        Ok(Some(SignedDuration::from_micros((next - apart - now).max(0))))
    }
}

fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
