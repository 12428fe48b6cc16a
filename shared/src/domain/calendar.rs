//! Days are counted in the time zone of Paris.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The only time zone in which days are counted.
static PARIS: TimeZone = jiff::tz::get!("Europe/Paris");

/// The date in Paris at `instant`.
#[must_use]
pub fn in_paris(instant: Timestamp) -> Date {
    PARIS.to_datetime(instant).date()
}

/// The date and time in Paris at `instant`.
#[must_use]
pub fn clock_in_paris(instant: Timestamp) -> DateTime {
    PARIS.to_datetime(instant)
}

/// The instant at which `day` begins in Paris.
#[must_use]
pub fn start_in_paris(day: Date) -> Timestamp {
    day.to_zoned(PARIS.clone()).map_or(Timestamp::MAX, |start| start.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_paris_in_summer_and_in_winter() {
        let summer: Timestamp = "2026-07-31T22:00:00Z".parse().unwrap();
        let winter: Timestamp = "2026-12-31T23:00:00Z".parse().unwrap();

        assert_eq!(start_in_paris(date(2026, 8, 1)), summer);
        assert_eq!(start_in_paris(date(2027, 1, 1)), winter);
        assert_eq!(in_paris(summer), date(2026, 8, 1));
        assert_eq!(in_paris(winter), date(2027, 1, 1));
    }
}
