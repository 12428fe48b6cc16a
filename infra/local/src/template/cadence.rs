//! How often a schedule fires.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Why an expression of a schedule is not supported.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum CadenceError {
    /// The time zone is unknown.
    #[error("the time zone {0} is not known here")]
    Zone(String),
    /// The expression is not supported.
    #[error("{0} is neither rate(…) nor a daily cron(…)")]
    Expression(String),
}

/// How often a schedule fires locally.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cadence {
    /// Several times a day on AWS; every second here, so that tests and developers need not wait.
    Often,
    /// Once a day.
    Daily {
        /// The time of day in `zone`.
        at: Time,
        /// The zone of `at`.
        zone: TimeZone,
    },
}

impl Cadence {
    /// Reads `rate(5 minutes)`, `rate(1 day)` or `cron(0 3 * * ? *)`.
    pub(super) fn parse(expression: &str, zone: Option<&str>) -> Result<Self, CadenceError> {
        let zone = match zone {
            None | Some("UTC") => TimeZone::UTC,
            Some("Europe/Paris") => jiff::tz::get!("Europe/Paris"),
            Some(other) => return Err(CadenceError::Zone(other.to_owned())),
        };
        let unknown = || CadenceError::Expression(expression.to_owned());
        if let Some(rate) = argument(expression, "rate") {
            let (count, unit) = rate.split_once(' ').ok_or_else(unknown)?;
            count.parse::<u32>().map_err(|_| unknown())?;
            return match unit.trim_end_matches('s') {
                "minute" | "hour" => Ok(Self::Often),
                "day" => Ok(Self::Daily { at: Time::midnight(), zone }),
                _ => Err(unknown()),
            };
        }
        let cron = argument(expression, "cron").ok_or_else(unknown)?;
        let fields: Vec<&str> = cron.split_whitespace().collect();
        let [minute, hour, "*" | "?", "*", "*" | "?", "*"] = fields.as_slice() else {
            return Err(unknown());
        };
        let number = |field: &str| field.parse::<i8>().map_err(|_| unknown());
        let at = Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| unknown())?;
        Ok(Self::Daily { at, zone })
    }

    /// The last time at or before `now` at which this was due; `now` for `Often`.
    pub(crate) fn last_due(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::Often => now,
            Self::Daily { at, zone } => {
                let today = now.to_zoned(zone.clone()).date();
                let due = |date: jiff::civil::Date| {
                    date.to_datetime(*at).to_zoned(zone.clone()).map(|due| due.timestamp())
                };
                let yesterday = today.saturating_sub(1.day());
                due(today)
                    .ok()
                    .filter(|due| *due <= now)
                    .or_else(|| due(yesterday).ok())
                    .unwrap_or_else(|| {
                        now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(now)
                    })
            }
        }
    }
}

fn argument<'a>(expression: &'a str, function: &str) -> Option<&'a str> {
    expression.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_daily_crons_are_read() {
        assert_eq!(Cadence::parse("rate(5 minutes)", None), Ok(Cadence::Often));
        assert_eq!(
            Cadence::parse("rate(1 day)", None),
            Ok(Cadence::Daily { at: Time::midnight(), zone: TimeZone::UTC })
        );
        for wrong in
            ["", "rate()", "rate(x days)", "cron(0 3 1 * ? *)", "cron(0 30 * * ? *)", "at(x)"]
        {
            assert!(Cadence::parse(wrong, None).is_err(), "{wrong}");
        }
        assert!(Cadence::parse("rate(1 day)", Some("Mars/Olympus")).is_err());
    }

    #[test]
    fn a_daily_job_is_due_at_its_hour_in_its_zone() {
        let daily = Cadence::parse("cron(30 3 * * ? *)", Some("Europe/Paris")).unwrap();

        for (now, due) in [
            ("2026-01-10T02:29:59Z", "2026-01-09T02:30:00Z"),
            ("2026-01-10T02:30:00Z", "2026-01-10T02:30:00Z"),
            ("2026-07-10T12:00:00Z", "2026-07-10T01:30:00Z"),
        ] {
            assert_eq!(daily.last_due(now.parse().unwrap()), due.parse().unwrap(), "{now}");
        }
    }
}
