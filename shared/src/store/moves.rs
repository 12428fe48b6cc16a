//! A household that moves to another lease of the landlord.

use super::expression::s;
use super::{Store, value};
use crate::domain::{Account, Lease, NextStep, in_paris};
use crate::error::Error;

/// Why an account was not moved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MoveRefused {
    /// The lease is not as it was read: look again.
    LeaseChanged,
    /// The account is no longer as it was read.
    AccountChanged,
}

impl Store {
    /// Moves `account` to `lease`, in one transaction: the new lease is claimed, the old one freed.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn change_lease(
        &self,
        account: &Account,
        lease: &Lease,
    ) -> Result<Result<(), MoveRefused>, Error> {
        let mut set = "SET lease = :lease, last_name = :last_name, first_name = :first_name, \
                       agency = :agency"
            .to_owned();
        // What was asked was asked for the other lease.
        let mut remove = "asked_to_close, asked_for_paper".to_owned();
        let mut values = vec![
            (":lease", value(&lease.reference)?),
            (":last_name", value(&lease.last_name)?),
            (":first_name", value(&lease.first_name)?),
            (":agency", value(&lease.agency)?),
        ];
        match lease.ends_on {
            Some(ends_on) => {
                set.push_str(", ends_on = :ends_on");
                values.push((":ends_on", value(&ends_on)?));
            }
            None => remove.push_str(", ends_on"),
        }
        match NextStep::of_active(lease.ends_on, in_paris(self.clock.now())) {
            Some(next) => {
                set.push_str(", lifecycle = :lifecycle, due_on = :due_on");
                values.push((":lifecycle", s(next.step.partition(account.id))));
                values.push((":due_on", s(next.due_on)));
            }
            None => remove.push_str(", lifecycle, due_on"),
        }
        let refusals = self
            .transact(vec![
                self.claim_lease(lease, account.id)?,
                self.free_lease(&account.lease, account.id, false)?,
                self.change_tenant(account, &format!("{set} REMOVE {remove}"), values)?,
            ])
            .await?;
        Ok(if refusals.is_empty() {
            Ok(())
        } else if refusals.at(0) {
            Err(MoveRefused::LeaseChanged)
        } else {
            Err(MoveRefused::AccountChanged)
        })
    }
}
