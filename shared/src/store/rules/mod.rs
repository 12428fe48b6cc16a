//! The rules that writes rely on, each with its one condition.
//!
//! A write is made with a [`Ruled`], and only this module makes one: what it does not name, no write
//! tests. A file for each aggregate.

mod accounts;
mod bounces;
mod condition;
mod counts;
mod leases;
mod links;
mod mails;
mod sessions;
#[cfg(test)]
mod tests;

pub(super) use accounts::*;
pub(super) use bounces::*;
pub(super) use counts::*;
pub(super) use leases::*;
pub(super) use links::*;
pub(super) use mails::*;
pub(super) use sessions::*;

use self::condition::Condition;
use super::Item;
use super::expression::Expression;

/// A rule that a write relies on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
    /// The key is new: an id of our own making.
    New,
    /// Nothing: the write is always done.
    Always,

    /// There is such an account, erased or not.
    AccountKnown,
    /// The account is active.
    AccountActive,
    /// The account is active and as it was read: its epoch, its address, its lease.
    AccountAsRead,
    /// The account still has the address it was read with.
    AccountHasAddress,
    /// The account is active, has the lease it was read with, and says of its end what was read.
    AccountEndAsRead,
    /// The same, and it closes on the day that was read.
    AccountClosingAsRead,
    /// The account is active, has the lease it was read with, says of its end what was read, and its
    /// next step is the one read.
    AccountStepAsRead,
    /// The next step is the one that was read, whatever else the account says.
    StepAsRead,
    /// The account is active and its rent notices come on paper.
    PaperlessOff,
    /// The account is active, has the lease it was read with, and its rent notices come without paper.
    PaperlessOn,
    /// The account is active, has the lease it was read with, and no request of the kind is open.
    NoOpenRequest,
    /// The account is active, has the lease it was read with, and waits for the answer by that link.
    RequestOpen,

    /// No other account has the address.
    AddressFree,
    /// The credentials are those of the account at the epoch read, whatever their password.
    CredentialsAsRead,
    /// The same, with the password that was read.
    PasswordAsRead,

    /// The lease is not known yet.
    LeaseNew,
    /// Nobody holds the lease, and it is as it was seen.
    LeaseFreeAsSeen,
    /// The lease is known and nobody holds it.
    LeaseFree,
    /// The account holds the lease.
    LeaseHeld,
    /// The account holds the lease, which ends on the day that was read.
    LeaseHeldToItsEnd,
    /// The account that holds the lease, if any, is the one that was read.
    LeaseHolderAsRead,
    /// The account that held the lease last is the one that was read.
    LeaseLastHeld,

    /// The link is unused and unexpired.
    LinkUsable,
    /// The link is bound to no account yet, or to this one, and unused.
    LinkUnbound,

    /// The session has not ended.
    SessionKept,
    /// The session is as it was read, and lives.
    SessionAsRead,
    /// The session is the account's, at the epoch read.
    SessionOfEpoch,
    /// The session is the account's.
    SessionOwned,
    /// The session is the account's, with the secret that was read.
    SessionOwnedAsRead,

    /// There is such a mail.
    MailKnown,
    /// The mail was never tried.
    MailNew,
    /// The mail is due.
    MailDue,
    /// The mail is this delivery's.
    MailClaimed,

    /// Every count is below its limit.
    BelowLimit,
    /// The count of a part has reached its share, and is below what it may have beyond.
    BeyondShare,

    /// No mail to the address is known to have come back.
    NoBounce,
    /// The mail that came back last is the one that was read.
    BounceAsRead,
    /// Mails to the address came back, and no probe was sent since.
    NotProbed,
    /// Mails to the address came back, and this mail was not tried there today.
    NotTriedToday,
}

/// The condition of a write, and the rule that it stands for.
#[derive(Clone, Debug)]
pub(super) struct Ruled {
    rule: Rule,
    condition: Condition,
}

impl Rule {
    /// Whether what the writer read is no longer so: reading again and deciding anew is the answer.
    /// Of the other rules the answer is the rule itself.
    pub(super) fn is_about_what_was_read(self) -> bool {
        !matches!(self, Self::AddressFree | Self::BelowLimit | Self::BeyondShare)
    }

    /// The rule, with all that it tests.
    fn tests<const N: usize>(self, conditions: [Condition; N]) -> Ruled {
        Ruled { rule: self, condition: Condition::All(conditions.into()) }
    }
}

impl Ruled {
    /// What it means that the condition does not hold.
    pub(super) fn rule(&self) -> Rule {
        self.rule
    }

    /// Whether the condition holds of `item`, if there is one.
    pub(super) fn holds(&self, item: Option<&Item>) -> bool {
        item.map_or_else(|| self.condition.holds(&Item::new()), |item| self.condition.holds(item))
    }

    /// The text of the condition; nothing where there is nothing to test.
    pub(super) fn write(&self, into: &mut Expression) -> Option<String> {
        self.condition.write(into)
    }
}

/// [`Rule::New`].
pub(super) fn new() -> Ruled {
    Rule::New.tests([Condition::lacks("pk")])
}

/// [`Rule::Always`].
pub(super) fn always() -> Ruled {
    Rule::Always.tests([])
}
