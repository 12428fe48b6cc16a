//! How often something was asked for, in a window of time.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};

use super::action::Action;
use super::rules::{self, Ruled};
use super::{Item, Store, Table, Write, key};
use crate::error::Error;
use crate::random;

/// How often a refused count is tried again, and how long it waits each time at least.
const REFUSED_ATTEMPTS: u32 = 5;
const SHORT_WAIT: Duration = Duration::from_millis(60);

/// What one subject may ask for in a window, in all and of each of its parts. The row of the
/// subject counts both, so that one write does.
#[derive(Clone, Debug)]
pub struct Count {
    /// When it is asked for: its window is this one's, whenever the count is taken back.
    at: Timestamp,
    scope: &'static str,
    subject: String,
    window: SignedDuration,
    /// At most so many in all, where that is limited.
    limit: Option<u32>,
    /// At most so many of the part that is named.
    part: Option<(String, u32)>,
    /// Once the part has had its share, so many of it in all, which take nothing from the others.
    beyond: Option<u32>,
    /// At most so many of those that turned out to be mistaken.
    mistakes: Option<u32>,
}

impl Count {
    /// Of `subject`, as it is filed, in windows of 15 minutes.
    #[must_use]
    pub fn per_quarter_hour(at: Timestamp, scope: &'static str, subject: String) -> Self {
        Self::new(at, scope, subject, SignedDuration::from_mins(15))
    }

    /// Of `subject`, as it is filed, in windows of an hour.
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

    /// At most `limit` of `part`, as it is filed.
    #[must_use]
    pub fn of_each(self, part: &str, limit: u32) -> Self {
        Self { part: Some((format!("n_{part}"), limit)), ..self }
    }

    /// A part that has had its share goes on to `limit`, and no longer counts in all.
    #[must_use]
    pub fn beyond_its_share(self, limit: u32) -> Self {
        Self { beyond: Some(limit), ..self }
    }

    /// None once `limit` of them were mistaken.
    #[must_use]
    pub fn with_mistakes(self, limit: u32) -> Self {
        Self { mistakes: Some(limit), ..self }
    }

    /// The window that it lies in, and when that ends.
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

impl Store {
    /// Counts one more, unless that is too many: then how long to wait, and nothing is counted.
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

    /// Counts one more that was refused at first: perhaps its part has had its share, or others hold
    /// the count whose own limits refuse them, and are about to take theirs back.
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

    /// Counts one more of a part that has had its share; whether it may.
    async fn count_beyond(&self, count: &Count) -> Result<bool, Error> {
        let (Some((part, share)), Some(beyond)) = (&count.part, count.beyond) else {
            return Ok(false);
        };
        let (window, _) = count.window();
        let pk = key::throttle(count.scope, &count.subject, window);
        let may = rules::beyond_share(part, *share, beyond);
        Ok(self.write(Action::update(Table::Tokens, pk, may).add(part, 1)).await?.is_done())
    }

    /// Takes a count back: what the caller's own limits refused uses this one up for nobody.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn uncount(&self, count: &Count) -> Result<(), Error> {
        let _ = self.write(step(count, -1, rules::always())).await?;
        Ok(())
    }

    /// Notes that one of those counted was mistaken. How long to wait, when that is one too many.
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
        let many = row.as_ref().and_then(mistakes).unwrap_or(0);
        let limit = i64::from(count.mistakes.unwrap_or(u32::MAX));
        Ok((many > limit).then(|| end.duration_since(count.at)))
    }
}

/// Counts `step` more.
fn step(count: &Count, step: i64, ruled: Ruled) -> Action {
    let (window, end) = count.window();
    let pk = key::throttle(count.scope, &count.subject, window);
    let update = Action::update(Table::Tokens, pk, ruled).set("expires_at", &end.as_second());
    count.counters().fold(update, |update, (name, _)| update.add(name, step))
}

fn mistakes(row: &Item) -> Option<i64> {
    row.get("mistakes")?.as_n().ok()?.parse().ok()
}
