//! The steps of an account whose lease has an end: warnings, deactivation, erasure.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How long after the exit date an account is deactivated (the landlord's page: within 3 months).
const MONTHS_UNTIL_DEACTIVATION: i32 = 3;
/// Days between the first warning and deactivation.
const FIRST_WARNING_DAYS: i32 = 30;
/// Days between the last warning and deactivation. No account is deactivated with less notice.
const LAST_WARNING_DAYS: i32 = 7;

/// A step of an account whose lease has an end.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The first warning mail, 30 days before deactivation.
    FirstWarning,
    /// The second warning mail, 7 days before deactivation.
    SecondWarning,
    /// The account is deactivated: sign-in is no longer possible.
    Deactivate,
    /// All personal data is removed.
    Erase,
}

/// The next step of an account, and the day it is due.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NextStep {
    /// The step.
    pub step: Step,
    /// The day it is due, in Paris.
    pub due_on: Date,
}

/// The plan of an active account whose lease has an end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Plan {
    /// The account's next step.
    pub next: NextStep,
    /// The day of deactivation.
    pub closes_on: Date,
}

/// What a run of the daily job does about an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Planned {
    /// Warn the household that the account closes on the plan's day, then follow the plan.
    Warn(Plan),
    /// Deactivate the account.
    Deactivate,
    /// The exit date has changed: follow the new plan, if there is one.
    Replan(Option<Plan>),
}

/// The earliest day of deactivation for a lease that ends on `ends_on`: three calendar months
/// later, or the last day of that month if it has no such day.
pub(super) fn deactivates_on(ends_on: Date) -> Date {
    ends_on.saturating_add(MONTHS_UNTIL_DEACTIVATION.months())
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 4] =
        [Self::FirstWarning, Self::SecondWarning, Self::Deactivate, Self::Erase];
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
    /// The erasure of an account deactivated `on` that day, `months` later.
    #[must_use]
    pub fn erasure(on: Date, months: i32) -> Self {
        Self { step: Step::Erase, due_on: on.saturating_add(months.months()) }
    }
}

impl Plan {
    /// The plan of an account whose lease ends on `ends_on`, imported `today`. If that is too late
    /// for the last warning, the next run warns.
    #[must_use]
    pub fn of_active(ends_on: Option<Date>, today: Date) -> Option<Self> {
        let closes_on = deactivates_on(ends_on?);
        let [first, last] = [FIRST_WARNING_DAYS, LAST_WARNING_DAYS]
            .map(|days| closes_on.saturating_sub(days.days()));
        let plan = |step, due_on, closes_on| Self { next: NextStep { step, due_on }, closes_on };
        Some(if today <= first {
            plan(Step::FirstWarning, first, closes_on)
        } else if today <= last {
            plan(Step::SecondWarning, last, closes_on)
        } else {
            plan(Step::SecondWarning, today, today.saturating_add(LAST_WARNING_DAYS.days()))
        })
    }

    /// The plan after a warning that is mailed `today`.
    fn after_warning(ends_on: Date, today: Date) -> Self {
        let earliest = deactivates_on(ends_on);
        let last = earliest.saturating_sub(LAST_WARNING_DAYS.days());
        if today < last {
            let next = NextStep { step: Step::SecondWarning, due_on: last };
            return Self { next, closes_on: earliest };
        }
        let closes_on = earliest.max(today.saturating_add(LAST_WARNING_DAYS.days()));
        Self { next: NextStep { step: Step::Deactivate, due_on: closes_on }, closes_on }
    }
}

impl Planned {
    /// What to do `today` about an active account whose `step` is due. `planned` is the exit date
    /// that the step was planned for, `ends_on` the lease's present exit date, `warned_on` the day
    /// on which a warning of that exit date was last mailed.
    #[must_use]
    pub fn today(
        step: Step,
        planned: Option<Date>,
        ends_on: Option<Date>,
        warned_on: Option<Date>,
        today: Date,
    ) -> Self {
        match (step, ends_on) {
            (_, Some(end)) if planned != Some(end) => {
                Self::Replan(Plan::of_active(Some(end), today))
            }
            (Step::FirstWarning | Step::SecondWarning, Some(end)) => {
                Self::Warn(Plan::after_warning(end, today))
            }
            (Step::Deactivate, Some(end)) if today < deactivates_on(end) => {
                Self::Replan(Plan::of_active(Some(end), today))
            }
            (Step::Deactivate, Some(end)) => match warned_on {
                // SES has taken no warning yet: the mails wait, or were dropped.
                None => Self::Warn(Plan::after_warning(end, today)),
                Some(on) => {
                    let due_on = on.saturating_add(LAST_WARNING_DAYS.days());
                    let next = NextStep { step: Step::Deactivate, due_on };
                    let early = today < due_on;
                    let later = Self::Replan(Some(Plan { next, closes_on: due_on }));
                    if early { later } else { Self::Deactivate }
                }
            },
            (_, None) | (Step::Erase, _) => Self::Replan(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn plan(step: Step, due_on: Date, closes_on: Date) -> Plan {
        Plan { next: NextStep { step, due_on }, closes_on }
    }

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
    fn an_exit_date_imported_too_late_is_warned_of_seven_days_before_deactivation() {
        let today = date(2026, 9, 1);

        let learned = Plan::of_active(Some(date(2026, 1, 31)), today);
        let warned = Planned::today(
            Step::SecondWarning,
            Some(date(2026, 1, 31)),
            Some(date(2026, 1, 31)),
            None,
            date(2026, 9, 2),
        );

        assert_eq!(learned, Some(plan(Step::SecondWarning, today, date(2026, 9, 8))));
        let closes_on = date(2026, 9, 9);
        assert_eq!(warned, Planned::Warn(plan(Step::Deactivate, closes_on, closes_on)));
    }

    #[test]
    fn an_account_is_warned_twice_and_then_deactivated() {
        let ends_on = Some(date(2026, 8, 31));
        let (last, closes_on) = (date(2026, 11, 23), date(2026, 11, 30));
        let deactivate = plan(Step::Deactivate, closes_on, closes_on);
        let late = plan(Step::Deactivate, date(2026, 12, 2), date(2026, 12, 2));
        for (step, today, planned) in [
            (
                Step::FirstWarning,
                date(2026, 10, 31),
                Planned::Warn(plan(Step::SecondWarning, last, closes_on)),
            ),
            (Step::SecondWarning, last, Planned::Warn(deactivate)),
            (Step::FirstWarning, date(2026, 11, 25), Planned::Warn(late)),
            (Step::Deactivate, closes_on, Planned::Deactivate),
            (Step::Deactivate, date(2027, 1, 1), Planned::Deactivate),
        ] {
            let warned_on = Some(date(2026, 10, 31));
            let found = Planned::today(step, ends_on, ends_on, warned_on, today);
            assert_eq!(found, planned, "{step} on {today}");
        }
    }

    #[test]
    fn an_account_whose_warnings_were_not_mailed_in_time_is_deactivated_later() {
        let ends_on = Some(date(2026, 8, 31));
        let closes_on = date(2026, 11, 30);
        let of_step =
            |warned_on| Planned::today(Step::Deactivate, ends_on, ends_on, warned_on, closes_on);
        let deactivate = |on| plan(Step::Deactivate, on, on);

        assert_eq!(of_step(None), Planned::Warn(deactivate(date(2026, 12, 7))));
        let late = of_step(Some(date(2026, 11, 27)));
        assert_eq!(late, Planned::Replan(Some(deactivate(date(2026, 12, 4)))));
        assert_eq!(of_step(Some(date(2026, 11, 23))), Planned::Deactivate);
    }

    #[test]
    fn a_changed_exit_date_only_changes_the_plan() {
        let today = date(2026, 11, 30);
        let planned = Some(date(2026, 8, 31));

        let prolonged = Planned::today(Step::Deactivate, planned, None, None, today);
        let moved = Planned::today(Step::Deactivate, planned, Some(date(2027, 8, 31)), None, today);

        assert_eq!(prolonged, Planned::Replan(None));
        let first = plan(Step::FirstWarning, date(2027, 10, 31), date(2027, 11, 30));
        assert_eq!(moved, Planned::Replan(Some(first)));
    }

    #[test]
    fn a_lease_without_end_has_no_plan() {
        assert_eq!(Plan::of_active(None, date(2026, 9, 1)), None);
    }

    proptest! {
        #[test]
        fn nobody_is_deactivated_unwarned_or_before_their_day(
            end in 0..3000_i32,
            learned in 0..3000_i32,
            delays in prop::collection::vec((0..40_i32, prop::option::of(0..40_i32)), 9),
        ) {
            let day = |days: i32| date(2024, 1, 1).saturating_add(days.days());
            let (ends_on, mut today) = (day(end), day(learned));
            let mut next = Plan::of_active(Some(ends_on), today).unwrap().next;
            let mut warned_on = None;
            let mut mailed: Option<Date> = None;
            for (delay, under_way) in delays {
                today = today.max(next.due_on).saturating_add(delay.days());
                // Each warning is mailed some days after its due day, or never.
                warned_on = warned_on.max(mailed.filter(|day| *day <= today));
                match Planned::today(next.step, Some(ends_on), Some(ends_on), warned_on, today) {
                    Planned::Warn(plan) => {
                        mailed = under_way.map(|days| today.saturating_add(days.days()));
                        prop_assert!(plan.next.due_on > today && plan.closes_on >= plan.next.due_on);
                        next = plan.next;
                    }
                    Planned::Deactivate => {
                        prop_assert!(today >= warned_on.unwrap().saturating_add(7.days()));
                        prop_assert!(today >= deactivates_on(ends_on));
                        return Ok(());
                    }
                    Planned::Replan(plan) => {
                        next = plan.unwrap().next;
                        prop_assert!(next.due_on > today && next.step == Step::Deactivate);
                    }
                }
            }
        }
    }
}
