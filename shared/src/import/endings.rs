//! Counts the accounts that a file of leases ends, and refuses too many without a confirmation.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use crate::domain::in_paris;
use crate::error::Error;
use crate::store::{ChangedEnd, Imported};

/// Up to this many endings need no confirmation.
const FEW: usize = 5;
/// Up to one in 50 of the leases with accounts, 2 %, may end without a confirmation.
const ONE_IN: usize = 50;
/// An account that is warned late is deactivated at most 8 days later: 1 day until the next run,
/// and 7 days after its warning.
const SOON_DAYS: i32 = 8;

/// The consequences of a file for accounts.
#[derive(Clone, Debug, Serialize)]
pub struct Consequences {
    /// How many accounts had no end or a later one.
    pub ending: usize,
    /// How many of these accounts are warned by the next daily run.
    pub warned: usize,
    /// How many of these accounts are deactivated within 8 days.
    pub deactivated: usize,
    /// How many leases of the file have an account.
    #[serde(skip)]
    pub with_account: usize,
    #[serde(skip)]
    today: Date,
}

impl Consequences {
    /// No consequences yet, at `now`.
    pub(super) fn seen_at(now: Timestamp) -> Self {
        let today = in_paris(now);
        Self { ending: 0, warned: 0, deactivated: 0, with_account: 0, today }
    }

    /// Those that a preview has counted, at `now`.
    #[must_use]
    pub fn of(ending: usize, with_account: usize, now: Timestamp) -> Self {
        Self { ending, with_account, ..Self::seen_at(now) }
    }

    /// Counts the consequences of one lease.
    pub(super) fn count(&mut self, imported: &Imported) {
        self.with_account += usize::from(imported.account.is_some());
        let Some(end) = imported.end.filter(ChangedEnd::ends_or_brings_forward) else {
            return;
        };
        self.ending += 1;
        if let Some(plan) = end.plan {
            let next_run = self.today.saturating_add(1.day());
            let soon = self.today.saturating_add(SOON_DAYS.days());
            self.warned += usize::from(plan.next.due_on <= next_run);
            self.deactivated += usize::from(plan.closes_on <= soon);
        }
    }

    /// Checks that the sender has `confirmed` the number of endings, if there are many.
    ///
    /// # Errors
    ///
    /// `too_many_endings`.
    pub fn check(&self, confirmed: Option<usize>) -> Result<(), Error> {
        let many = self.ending > FEW && self.ending * ONE_IN > self.with_account;
        if many && confirmed != Some(self.ending) {
            return Err(Error::TooManyEndings { ending: self.ending, of: self.with_account });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_endings_need_their_number_as_confirmation() {
        for (ending, with_account, confirmed, taken) in [
            (5, 5, None, true),
            (6, 300, None, true),
            (6, 299, None, false),
            (6, 299, Some(5), false),
            (6, 299, Some(6), true),
            (200, 10_000, None, true),
            (201, 10_000, None, false),
        ] {
            let mut consequences = Consequences::seen_at(Timestamp::UNIX_EPOCH);
            (consequences.ending, consequences.with_account) = (ending, with_account);
            let checked = consequences.check(confirmed);
            assert_eq!(checked.is_ok(), taken, "{ending} of {with_account}, {confirmed:?}");
        }
    }
}
