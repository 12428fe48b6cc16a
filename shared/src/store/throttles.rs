//! How often something was asked for, in a window of time.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};

use super::expression::n;
use super::{Store, key};
use crate::error::Error;

/// A count of what one subject asks for in a window.
#[derive(Clone, Debug)]
pub struct Throttle {
    scope: &'static str,
    subject: String,
    window: SignedDuration,
    limit: u32,
}

impl Throttle {
    /// At most `limit` in 15 minutes. The subject is hashed: a throttle names nobody.
    #[must_use]
    pub fn per_quarter_hour(scope: &'static str, subject: String, limit: u32) -> Self {
        Self { scope, subject, window: SignedDuration::from_mins(15), limit }
    }

    /// At most `limit` in an hour.
    #[must_use]
    pub fn per_hour(scope: &'static str, subject: String, limit: u32) -> Self {
        Self { scope, subject, window: SignedDuration::from_hours(1), limit }
    }

    /// The window that `now` lies in, and when it ends.
    fn window(&self, now: Timestamp) -> (i64, Timestamp) {
        let length = self.window.as_secs();
        let window = now.as_second().div_euclid(length);
        let end = Timestamp::from_second((window + 1) * length).unwrap_or(Timestamp::MAX);
        (window, end)
    }
}

impl Store {
    /// Counts one more. How long to wait when that is too many, `None` when it is not.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn count(&self, throttle: &Throttle) -> Result<Option<SignedDuration>, Error> {
        let now = self.clock.now();
        let (_, end) = throttle.window(now);
        let count = self.add(throttle, 1).await?;
        Ok((count > i64::from(throttle.limit)).then(|| end.duration_since(now)))
    }

    /// Takes a count back: what was refused by another throttle must not use this one up.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn uncount(&self, throttle: &Throttle) -> Result<(), Error> {
        self.add(throttle, -1).await.map(|_| ())
    }

    async fn add(&self, throttle: &Throttle, step: i64) -> Result<i64, Error> {
        let (window, end) = throttle.window(self.clock.now());
        let pk = key::throttle(throttle.scope, &throttle.subject, window);
        let update = || {
            self.client
                .update_item()
                .table_name(&self.tokens)
                .key("pk", super::expression::s(&pk))
                .update_expression("ADD #count :step SET expires_at = :end")
                .expression_attribute_names("#count", "count")
                .expression_attribute_values(":step", n(step))
                .expression_attribute_values(":end", n(end.as_second()))
                .return_values(ReturnValue::UpdatedNew)
                .send()
        };
        let counted = self.write(update).await?.and_then(|counted| counted.attributes);
        let count = counted.as_ref().and_then(|row| row.get("count"));
        let count = count.and_then(|count| count.as_n().ok());
        let count = count.and_then(|count| count.parse().ok());
        count.ok_or_else(|| Error::Unavailable("a throttle has no count".into()))
    }
}
