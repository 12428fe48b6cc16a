//! The rules that writes rely on, each with its one condition.
//!
//! A write needs a [`Ruled`], and only this module makes one. So this module lists everything that
//! writes test. Each aggregate has a file.

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

#[cfg(debug_assertions)]
pub use removed::remove;

use self::condition::Condition;
use super::Item;
use super::expression::Expression;

/// A rule that a write relies on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
    /// The key is new: a random id.
    New,
    /// No condition: the write is always done.
    Always,

    /// The account is active and has the language, the terms and the kind of rent notices that were
    /// read.
    SettingsAsRead,
    /// The account is active and has the epoch, address and lease that were read.
    AccountAsRead,
    /// The account has the status, the address and the mark of returned mail that were read.
    AccountMarkAsRead,
    /// The account is active and has the lease, the exit date, the names and the contacts that were
    /// read.
    AccountTermsAsRead,
    /// The account is active, has the lease and the exit date that were read, and closes on the day
    /// that was read.
    AccountClosingAsRead,
    /// The account is active, has the lease and the exit date that were read, and the next step that
    /// was read.
    AccountStepAsRead,
    /// The account has the next step that was read. Nothing else is tested.
    StepAsRead,
    /// The account is active, has the lease that was read, and its rent notices are paperless. Its
    /// request to be closed is as it was read.
    PaperlessOn,
    /// The account is active, has the lease that was read, and no request of the kind is open. Its
    /// request of the other kind is as it was read.
    NoOpenRequest,
    /// The account is active, has the lease that was read, and its open request has this link. Its
    /// request of the other kind is as it was read.
    RequestOpen,

    /// No other account has the address.
    AddressFree,
    /// The credentials are those of the account at the epoch that was read. The password is not
    /// tested.
    CredentialsAsRead,
    /// As [`CredentialsAsRead`](Self::CredentialsAsRead), with the password that was read.
    PasswordAsRead,

    /// The lease is not known yet.
    LeaseNew,
    /// The lease is free and has the terms of the registration.
    LeaseFreeAsSeen,
    /// The lease is known and free.
    LeaseFree,
    /// The account holds the lease.
    LeaseHeld,
    /// The account holds the lease, and the lease ends on the day that was read.
    LeaseHeldToItsEnd,
    /// The account that holds the lease, if any, is the one that was read.
    LeaseHolderAsRead,
    /// The account that held the lease last is the one that was read.
    LeaseLastHeld,

    /// The link is unused and unexpired.
    LinkUsable,
    /// The link is unused, and bound to no account or to this one.
    LinkUnbound,

    /// The session has not ended.
    SessionKept,
    /// The session is unexpired and has the secret and epoch that were read.
    SessionAsRead,
    /// The session is the account's, at the epoch that was read.
    SessionOfEpoch,
    /// The session is the account's.
    SessionOwned,
    /// The session is the account's, with the secret and the epoch that were read.
    SessionOwnedAsRead,

    /// The import has the state and the next batch that were read.
    ImportAsRead,

    /// The mail exists.
    MailKnown,
    /// The mail was never tried.
    MailNew,
    /// The mail is due.
    MailDue,
    /// This delivery has claimed the mail.
    MailClaimed,

    /// Every count is below its limit.
    BelowLimit,
    /// A part has reached its share and is below its limit beyond that.
    BeyondShare,

    /// Nobody waits for a turn to send a mail.
    TurnFree,
    /// Few wait for a turn to send a mail.
    TurnSoon,

    /// The address has no bounce, or only an expired one.
    NoBounce,
    /// The last bounce is the one that was read.
    BounceAsRead,
    /// The address has bounced, and no probe was sent since.
    NotProbed,
    /// The address has bounced, and no mail of this kind was tried there today.
    NotTriedToday,
}

/// A rule with its condition.
#[derive(Clone, Debug)]
pub(super) struct Ruled {
    rule: Rule,
    condition: Condition,
}

impl Rule {
    /// Whether a broken rule means that something changed since it was read. Then the write is
    /// stale: the caller reads and decides again. A broken rule of the other kind refuses the
    /// write.
    pub(super) fn is_about_what_was_read(self) -> bool {
        !matches!(
            self,
            Self::AddressFree
                | Self::BelowLimit
                | Self::BeyondShare
                | Self::TurnFree
                | Self::TurnSoon
        )
    }

    /// The rule with its conditions.
    fn tests<const N: usize>(self, conditions: [Condition; N]) -> Ruled {
        #[cfg(debug_assertions)]
        if removed::is_removed(self) {
            return Ruled { rule: self, condition: Condition::All(Vec::new()) };
        }
        Ruled { rule: self, condition: Condition::All(conditions.into()) }
    }
}

impl Ruled {
    /// The rule that is broken when the condition does not hold.
    pub(super) fn rule(&self) -> Rule {
        self.rule
    }

    /// Whether the condition holds of `item`, or of a missing item.
    pub(super) fn holds(&self, item: Option<&Item>) -> bool {
        item.map_or_else(|| self.condition.holds(&Item::new()), |item| self.condition.holds(item))
    }

    /// The text of the condition; `None` if it tests nothing.
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

/// What shows that each rule is needed: without it, a test fails. A release has none of this.
#[cfg(debug_assertions)]
mod removed {
    use std::sync::OnceLock;

    use super::Rule;

    static REMOVED: OnceLock<String> = OnceLock::new();

    /// Has the rules of these `names`, separated by commas, test nothing in this process. Only the
    /// first call has an effect.
    pub fn remove(names: &str) {
        let _ = REMOVED.set(names.to_owned());
    }

    pub(super) fn is_removed(rule: Rule) -> bool {
        let Some(names) = REMOVED.get() else { return false };
        let rule = format!("{rule:?}");
        names.split(',').any(|name| name == rule)
    }
}
