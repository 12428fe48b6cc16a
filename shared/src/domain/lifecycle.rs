//! What happens to an account once its lease ends, and when.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::TenantId;

/// How long after the exit date an account is deactivated (the landlord's page: within 3 months).
const MONTHS_UNTIL_DEACTIVATION: i32 = 3;
/// How many days before it the household is told, first and again.
const WARNING_DAYS: [i32; 2] = [30, 7];
/// Over how many partitions of the index the accounts of one step are spread.
const SHARDS: u8 = 4;

/// A step of an account's life after its lease has an end.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The first mail that says so, 30 days before deactivation.
    FirstWarning,
    /// The second, 7 days before.
    SecondWarning,
    /// Nobody signs in any more.
    Deactivate,
    /// Nothing is kept that names anyone.
    Erase,
}

/// The next step of an account, and the day it is due.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NextStep {
    /// What is to be done.
    pub step: Step,
    /// On which day, in Paris.
    pub due_on: Date,
}

/// What a run of the daily job does about an account, given the lease as it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Planned {
    /// Tell the household that the account is deactivated in so many days; the next step.
    Warn(i64, NextStep),
    /// Deactivate it.
    Deactivate,
    /// The lease has moved: nothing but its next step, if it has one.
    Replan(Option<NextStep>),
}

/// The day on which the account of a lease that ends on `ends_on` is deactivated: three calendar
/// months later, on the last day of a month that has no such day.
pub(super) fn deactivates_on(ends_on: Date) -> Date {
    ends_on.saturating_add(MONTHS_UNTIL_DEACTIVATION.months())
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 4] =
        [Self::FirstWarning, Self::SecondWarning, Self::Deactivate, Self::Erase];

    /// The partition of the index `lifecycle` that holds `tenant` at this step.
    #[must_use]
    pub fn partition(self, tenant: TenantId) -> String {
        let [first, ..] = tenant.bytes();
        self.shard(first % SHARDS)
    }

    /// The partitions of the index `lifecycle` that hold this step.
    pub fn partitions(self) -> impl Iterator<Item = String> {
        (0..SHARDS).map(move |shard| self.shard(shard))
    }

    fn shard(self, shard: u8) -> String {
        format!("{self}#{shard}")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstWarning => "first-warning",
            Self::SecondWarning => "second-warning",
            Self::Deactivate => "deactivate",
            Self::Erase => "erase",
        })
    }
}

impl NextStep {
    /// The next step of an active account whose lease ends on `ends_on`, as learned `today`:
    /// warnings whose day has passed are left out.
    #[must_use]
    pub fn of_active(ends_on: Option<Date>, today: Date) -> Option<Self> {
        let deactivation = deactivates_on(ends_on?);
        let [first, second] = WARNING_DAYS.map(|days| deactivation.saturating_sub(days.days()));
        let (step, due_on) = if today <= first {
            (Step::FirstWarning, first)
        } else if today <= second {
            (Step::SecondWarning, second)
        } else {
            (Step::Deactivate, deactivation)
        };
        Some(Self { step, due_on })
    }

    /// The erasure of an account deactivated `on` that day, `months` later.
    #[must_use]
    pub fn erasure(on: Date, months: i32) -> Self {
        Self { step: Step::Erase, due_on: on.saturating_add(months.months()) }
    }
}

impl Planned {
    /// What to do `today` about an active account that is at `step`, whose lease ends on
    /// `ends_on`. A run that comes late leaves out the warnings it has missed.
    #[must_use]
    pub fn today(step: Step, ends_on: Option<Date>, today: Date) -> Self {
        let Some(ends_on) = ends_on else {
            return Self::Replan(None);
        };
        let deactivation = deactivates_on(ends_on);
        let [first, second] = WARNING_DAYS.map(|days| deactivation.saturating_sub(days.days()));
        let days = i64::from((deactivation - today).get_days());
        let next = |step, due_on| NextStep { step, due_on };
        if today >= deactivation {
            Self::Deactivate
        } else if today >= second && step != Step::Deactivate {
            Self::Warn(days, next(Step::Deactivate, deactivation))
        } else if today >= first && step == Step::FirstWarning {
            Self::Warn(days, next(Step::SecondWarning, second))
        } else {
            Self::Replan(NextStep::of_active(Some(ends_on), today))
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn deactivation_is_three_calendar_months_after_the_exit() {
        for (ends_on, expected) in [
            (date(2026, 1, 15), date(2026, 4, 15)),
            (date(2026, 11, 30), date(2027, 2, 28)),
            (date(2027, 11, 30), date(2028, 2, 29)),
            (date(2026, 12, 31), date(2027, 3, 31)),
            (date(2027, 2, 28), date(2027, 5, 28)),
        ] {
            assert_eq!(deactivates_on(ends_on), expected);
        }
    }

    #[test]
    fn an_exit_learned_of_too_late_goes_straight_to_deactivation() {
        let next = NextStep::of_active(Some(date(2026, 1, 31)), date(2026, 9, 1));

        assert_eq!(next, Some(NextStep { step: Step::Deactivate, due_on: date(2026, 4, 30) }));
    }

    #[test]
    fn an_account_is_warned_twice_and_then_deactivated() {
        let ends_on = Some(date(2026, 8, 31));
        let deactivation = date(2026, 11, 30);
        for (step, today, planned) in [
            (
                Step::FirstWarning,
                date(2026, 10, 31),
                Planned::Warn(
                    30,
                    NextStep { step: Step::SecondWarning, due_on: date(2026, 11, 23) },
                ),
            ),
            (
                Step::SecondWarning,
                date(2026, 11, 23),
                Planned::Warn(7, NextStep { step: Step::Deactivate, due_on: deactivation }),
            ),
            (
                Step::FirstWarning,
                date(2026, 11, 25),
                Planned::Warn(5, NextStep { step: Step::Deactivate, due_on: deactivation }),
            ),
            (Step::Deactivate, deactivation, Planned::Deactivate),
            (Step::FirstWarning, date(2027, 1, 1), Planned::Deactivate),
        ] {
            assert_eq!(Planned::today(step, ends_on, today), planned, "{step} on {today}");
        }
    }

    #[test]
    fn a_lease_that_moved_changes_the_next_step_and_nothing_else() {
        let today = date(2026, 11, 30);

        let prolonged = Planned::today(Step::Deactivate, None, today);
        let moved = Planned::today(Step::FirstWarning, Some(date(2027, 8, 31)), today);

        assert_eq!(prolonged, Planned::Replan(None));
        let first = NextStep { step: Step::FirstWarning, due_on: date(2027, 10, 31) };
        assert_eq!(moved, Planned::Replan(Some(first)));
    }

    #[test]
    fn a_lease_without_end_has_no_next_step() {
        assert_eq!(NextStep::of_active(None, date(2026, 9, 1)), None);
    }

    proptest! {
        #[test]
        fn steps_come_in_their_order(end in 0..3000_i32, today in 0..3000_i32) {
            let ends_on = date(2024, 1, 1).saturating_add(end.days());
            let today = date(2024, 1, 1).saturating_add(today.days());

            let next = NextStep::of_active(Some(ends_on), today).unwrap();

            prop_assert!(next.step == Step::Deactivate || next.due_on >= today);
            prop_assert!(next.due_on <= deactivates_on(ends_on));
        }
    }
}
