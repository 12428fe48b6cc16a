//! Counts of calls in a window of time.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};

use super::action::Action;
use super::rules::{self, Ruled};
use super::{Item, Store, Table, Write, key};
use crate::error::Error;
use crate::random;

/// How often a refused count is tried again, and the shortest wait before each try.
const REFUSED_ATTEMPTS: u32 = 5;
const SHORT_WAIT: Duration = Duration::from_millis(60);
/// The beginning of the names of the counters of parts.
const PART: &str = "n_";
/// The counter of calls that the caller's own limit has refused.
const REFUSED: &str = "refused";

/// The limits of one subject in a window: in all, and for each of its parts. One row of the subject
/// counts both, so that one write is enough.
#[derive(Clone, Debug)]
pub struct Count {
    /// The time of the call. It decides the window, also when the count is taken back later.
    at: Timestamp,
    scope: &'static str,
    subject: String,
    window: SignedDuration,
    /// The limit in all, if there is one.
    limit: Option<u32>,
    /// A part and its limit.
    part: Option<(String, u32)>,
    /// The limit of a part beyond its share. Calls beyond the share do not count in all.
    beyond: Option<u32>,
    /// The limit of mistakes.
    mistakes: Option<u32>,
}

impl Count {
    /// A count for the hashed `subject` in windows of 15 minutes.
    #[must_use]
    pub fn per_quarter_hour(at: Timestamp, scope: &'static str, subject: String) -> Self {
        Self::new(at, scope, subject, SignedDuration::from_mins(15))
    }

    /// A count for the hashed `subject` in windows of an hour.
    #[must_use]
    pub fn per_hour(at: Timestamp, scope: &'static str, subject: String) -> Self {
        Self::new(at, scope, subject, SignedDuration::from_hours(1))
    }

    fn new(at: Timestamp, scope: &'static str, subject: String, window: SignedDuration) -> Self {
        Self { at, scope, subject, window, limit: None, part: None, beyond: None, mistakes: None }
    }

    /// At most `limit` in all.
    #[must_use]
    pub fn at_most(self, limit: u32) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// At most `limit` of the hashed `part`.
    #[must_use]
    pub fn of_each(self, part: &str, limit: u32) -> Self {
        Self { part: Some((format!("{PART}{part}"), limit)), ..self }
    }

    /// A part that has used its share may go on up to `limit`. Those calls do not count in all.
    #[must_use]
    pub fn beyond_its_share(self, limit: u32) -> Self {
        Self { beyond: Some(limit), ..self }
    }

    /// No more calls once `limit` of them were mistakes.
    #[must_use]
    pub fn with_mistakes(self, limit: u32) -> Self {
        Self { mistakes: Some(limit), ..self }
    }

    /// The number of the window, and when the window ends.
    fn window(&self) -> (i64, Timestamp) {
        let length = self.window.as_secs();
        let window = self.at.as_second().div_euclid(length);
        let end = Timestamp::from_second((window + 1) * length).unwrap_or(Timestamp::MAX);
        (window, end)
    }

    fn counters(&self) -> impl Iterator<Item = (&str, u32)> {
        let all = self.limit.map(|limit| ("count", limit));
        all.into_iter().chain(self.part.as_ref().map(|(part, limit)| (part.as_str(), *limit)))
    }
}

/// Why calls that a count counts are refused now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refused {
    /// The limit in all is reached.
    InAll,
    /// A part has reached its limit, or the caller's own limit has refused a call about this subject.
    ForSome,
}

impl Store {
    /// Whether `count` refuses calls now, and until when. Nothing is counted.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_refusal(&self, count: &Count) -> Result<Option<(Refused, Timestamp)>, Error> {
        let (window, end) = count.window();
        let pk = key::throttle(count.scope, &count.subject, window);
        let Some(row) = self.find_item(Table::Tokens, pk).await? else {
            return Ok(None);
        };
        let reached = |name: &str, limit: u32| number(&row, name) >= Some(limit.into());
        let of_part = count.beyond.or(count.part.as_ref().map(|(_, limit)| *limit));
        let mut parts = row.keys().filter(|name| name.starts_with(PART));
        let refused = if count.limit.is_some_and(|limit| reached("count", limit)) {
            Some(Refused::InAll)
        } else {
            let some = of_part.is_some_and(|limit| parts.any(|part| reached(part, limit)));
            (some || reached(REFUSED, 1)).then_some(Refused::ForSome)
        };
        Ok(refused.map(|refused| (refused, end)))
    }

    /// Counts one call. If that exceeds a limit, nothing is counted and the time to wait is
    /// returned.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn count(&self, count: &Count) -> Result<Option<SignedDuration>, Error> {
        let (_, end) = count.window();
        let mistakes = count.mistakes.map(|limit| ("mistakes", limit));
        let below = rules::below_limit(count.counters().chain(mistakes));
        Ok(match self.write(step(count, 1, below)).await? {
            Write::Done => None,
            Write::Stale | Write::Refused(_) => Some(end.duration_since(count.at)),
        })
    }

    /// Tries to count a call that was refused at first. Its part may go beyond its share. Or calls
    /// that their own limits refuse were counted for a moment, and are about to be taken back.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn count_again(&self, count: &Count) -> Result<Option<SignedDuration>, Error> {
        if self.count_beyond(count).await? {
            return Ok(None);
        }
        let mut wait = None;
        for _ in 0..REFUSED_ATTEMPTS {
            let [chance] = random::bytes();
            tokio::time::sleep(SHORT_WAIT + SHORT_WAIT * u32::from(chance) / 255).await;
            wait = self.count(count).await?;
            if wait.is_none() {
                break;
            }
        }
        Ok(wait)
    }

    /// Counts a call of a part beyond its share. Returns whether that is allowed.
    async fn count_beyond(&self, count: &Count) -> Result<bool, Error> {
        let (Some((part, share)), Some(beyond)) = (&count.part, count.beyond) else {
            return Ok(false);
        };
        let (window, _) = count.window();
        let pk = key::throttle(count.scope, &count.subject, window);
        let may = rules::beyond_share(part, *share, beyond);
        Ok(self.write(Action::update(Table::Tokens, pk, may).add(part, 1)).await?.is_done())
    }

    /// Takes one off this count: the call turned out to be about something else.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn uncount(&self, count: &Count) -> Result<(), Error> {
        let _ = self.write(step(count, -1, rules::always())).await?;
        Ok(())
    }

    /// Takes one off this count, because the caller's own limit refused the call: a refused call
    /// must not use up somebody else's limit. The row notes that a call was refused.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn uncount_refused(&self, count: &Count) -> Result<(), Error> {
        let _ = self.write(step(count, -1, rules::always()).add(REFUSED, 1)).await?;
        Ok(())
    }

    /// Counts a mistake. Returns the time to wait if the limit of mistakes is exceeded.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn count_mistake(&self, count: &Count) -> Result<Option<SignedDuration>, Error> {
        let (window, end) = count.window();
        let pk = key::throttle(count.scope, &count.subject, window);
        let add = Action::update(Table::Tokens, pk, rules::always())
            .add("mistakes", 1)
            .set("expires_at", &end.as_second());
        let (_, row) = self.write_returning(add, ReturnValue::UpdatedNew).await?;
        let many = row.as_ref().and_then(|row| number(row, "mistakes")).unwrap_or(0);
        let limit = i64::from(count.mistakes.unwrap_or(u32::MAX));
        Ok((many > limit).then(|| end.duration_since(count.at)))
    }
}

/// Adds `step` to the counters.
fn step(count: &Count, step: i64, ruled: Ruled) -> Action {
    let (window, end) = count.window();
    let pk = key::throttle(count.scope, &count.subject, window);
    let update = Action::update(Table::Tokens, pk, ruled).set("expires_at", &end.as_second());
    count.counters().fold(update, |update, (name, _)| update.add(name, step))
}

fn number(row: &Item, name: &str) -> Option<i64> {
    row.get(name)?.as_n().ok()?.parse().ok()
}
