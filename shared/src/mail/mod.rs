//! The mails. Each has a folder: its payload, its texts in French and in English, its snapshots.
//!
//! A [`Mail`] is what a mail is written from; a [`Message`] is the mail written in one language, a
//! subject and a few blocks, on the landlord's [`Letterhead`] and with the [`Staff`] that look after
//! the household at its foot. One layout renders it as HTML and as text, so the two versions of a
//! mail cannot drift apart. A subject, the label of a button and that of a fact are written in the
//! folder of the mail and nowhere else: what a tenant typed only ever appears as text in the body.
//!
//! A new mail is a folder, a variant of [`Mail`] and a sample; the tests name whatever is missing.

pub mod account_activated;
pub mod account_closed;
pub mod account_deactivated;
pub mod activation;
pub mod agency_request;
pub mod agency_request_not_delivered;
pub mod agency_request_received;
pub mod agency_request_refused;
pub mod closing_soon;
pub mod email_already_registered;
pub mod email_change_confirm;
pub mod email_changed;
pub mod household_already_registered;
pub mod identifier_reminder;
pub mod lease_changed;
pub mod paperless_started;
pub mod paperless_stopped;
pub mod password_changed;
pub mod password_reset;
pub mod session_theft;

mod date;
mod kept;
mod letterhead;
mod link_url;
mod message;
mod occasion;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod unbroken;
mod wrap;

use serde::{Deserialize, Serialize};

pub use self::letterhead::{Letterhead, Staff};
pub use self::link_url::LinkUrl;
use self::message::Draft;
pub use self::message::Message;
use crate::domain::Language;

/// A mail, with all that its text depends on.
///
/// One that is serialised is stored as its name and payload: `{"mail": "closing-soon", "payload":
/// {"on": …, "days": …}}`. The variants that `serde` skips can be neither serialised nor
/// deserialised: they carry a link, which is never stored, or depend on what exists when the mail
/// is sent.
#[derive(Clone, Debug, Deserialize, Serialize, strum::EnumDiscriminants)]
#[serde(tag = "mail", content = "payload", rename_all = "kebab-case")]
#[strum_discriminants(
    name(MailName),
    derive(
        Deserialize,
        Hash,
        Ord,
        PartialOrd,
        Serialize,
        strum::Display,
        strum::EnumIter,
        strum::IntoStaticStr
    ),
    doc = "The name of a mail, in kebab-case wherever it is written.",
    serde(rename_all = "kebab-case"),
    strum(serialize_all = "kebab-case")
)]
pub enum Mail {
    /// The link that opens the account.
    #[serde(skip)]
    Activation(activation::Payload),
    /// The account is active; here is its identifier.
    AccountActivated(account_activated::Payload),
    /// The household that somebody registers has an account.
    #[serde(skip)]
    HouseholdAlreadyRegistered(household_already_registered::Payload),
    /// The address that somebody registers with is the identifier of an account.
    #[serde(skip)]
    EmailAlreadyRegistered(email_already_registered::Payload),
    /// The link to choose a new password.
    #[serde(skip)]
    PasswordReset(password_reset::Payload),
    /// The password was changed.
    PasswordChanged(password_changed::Payload),
    /// The identifier, to the address that it is.
    #[serde(skip)]
    IdentifierReminder(identifier_reminder::Payload),
    /// The link that makes an address the identifier, to that address.
    #[serde(skip)]
    EmailChangeConfirm(email_change_confirm::Payload),
    /// The identifier was changed; the link that undoes it, to the former address.
    #[serde(skip)]
    EmailChanged(email_changed::Payload),
    /// A session was ended, for its cookie was copied.
    SessionTheft(session_theft::Payload),
    /// What a tenant asks, to the agency, with the link to answer it.
    #[serde(skip)]
    AgencyRequest(agency_request::Payload),
    /// What was asked of the agency was passed on.
    AgencyRequestReceived(agency_request_received::Payload),
    /// What was asked of the agency did not reach it.
    AgencyRequestNotDelivered(agency_request_not_delivered::Payload),
    /// The agency does not do what was asked.
    AgencyRequestRefused(agency_request_refused::Payload),
    /// The account was closed.
    AccountClosed(account_closed::Payload),
    /// The account follows another lease.
    LeaseChanged(lease_changed::Payload),
    /// Documents come without paper from now on.
    PaperlessStarted(paperless_started::Payload),
    /// Documents come by post again.
    PaperlessStopped(paperless_stopped::Payload),
    /// The account is to be deactivated.
    ClosingSoon(closing_soon::Payload),
    /// The account was deactivated.
    AccountDeactivated(account_deactivated::Payload),
}

impl Mail {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> MailName {
        self.into()
    }

    /// The mail in `language`, to a household that `staff` look after, where that is known and its
    /// reader may know it.
    pub fn message(
        &self,
        language: Language,
        letterhead: &Letterhead,
        staff: Option<&Staff>,
    ) -> Message {
        self.draft(language, letterhead).on(letterhead, staff)
    }

    fn draft(&self, language: Language, letterhead: &Letterhead) -> Draft {
        match self {
            Self::Activation(payload) => activation::draft(payload, language, letterhead),
            Self::AccountActivated(payload) => {
                account_activated::draft(payload, language, letterhead)
            }
            Self::HouseholdAlreadyRegistered(payload) => {
                household_already_registered::draft(payload, language, letterhead)
            }
            Self::EmailAlreadyRegistered(payload) => {
                email_already_registered::draft(payload, language, letterhead)
            }
            Self::PasswordReset(payload) => password_reset::draft(payload, language, letterhead),
            Self::PasswordChanged(payload) => {
                password_changed::draft(payload, language, letterhead)
            }
            Self::IdentifierReminder(payload) => {
                identifier_reminder::draft(payload, language, letterhead)
            }
            Self::EmailChangeConfirm(payload) => {
                email_change_confirm::draft(payload, language, letterhead)
            }
            Self::EmailChanged(payload) => email_changed::draft(payload, language, letterhead),
            Self::SessionTheft(payload) => session_theft::draft(payload, language, letterhead),
            Self::AgencyRequest(payload) => agency_request::draft(payload, language, letterhead),
            Self::AgencyRequestReceived(payload) => {
                agency_request_received::draft(payload, language, letterhead)
            }
            Self::AgencyRequestNotDelivered(payload) => {
                agency_request_not_delivered::draft(payload, language, letterhead)
            }
            Self::AgencyRequestRefused(payload) => {
                agency_request_refused::draft(payload, language, letterhead)
            }
            Self::AccountClosed(payload) => account_closed::draft(payload, language, letterhead),
            Self::LeaseChanged(payload) => lease_changed::draft(payload, language, letterhead),
            Self::PaperlessStarted(payload) => {
                paperless_started::draft(payload, language, letterhead)
            }
            Self::PaperlessStopped(payload) => {
                paperless_stopped::draft(payload, language, letterhead)
            }
            Self::ClosingSoon(payload) => closing_soon::draft(payload, language, letterhead),
            Self::AccountDeactivated(payload) => {
                account_deactivated::draft(payload, language, letterhead)
            }
        }
    }
}

impl MailName {
    /// Every name.
    pub fn iter() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// The name in kebab-case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether somebody who is not signed in to the account, or who has the mail sent to an
    /// address that is not the account's, can cause it. Such mails to one address are counted and
    /// limited.
    #[must_use]
    pub fn is_caused_by_outsiders(self) -> bool {
        match self {
            Self::Activation
            | Self::HouseholdAlreadyRegistered
            | Self::EmailAlreadyRegistered
            | Self::PasswordReset
            | Self::IdentifierReminder
            | Self::EmailChangeConfirm => true,
            Self::AccountActivated
            | Self::PasswordChanged
            | Self::EmailChanged
            | Self::SessionTheft
            | Self::AgencyRequest
            | Self::AgencyRequestReceived
            | Self::AgencyRequestNotDelivered
            | Self::AgencyRequestRefused
            | Self::AccountClosed
            | Self::LeaseChanged
            | Self::PaperlessStarted
            | Self::PaperlessStopped
            | Self::ClosingSoon
            | Self::AccountDeactivated => false,
        }
    }

    /// Whether it tells the household of something that it must be able to object to: the account,
    /// its credentials, its lease or where the documents go have changed, perhaps by someone else's
    /// doing, or access ends on a day that is near. Such a mail is exempt from limits, and is tried
    /// even while mails to the address are stopped: without it, nobody would notice in time.
    ///
    /// The others tell of nothing new. What is asked of the agency changes nothing until it is
    /// done, and paper that comes again is noticed by itself. A link or an identifier that somebody
    /// asked for changes nothing either.
    #[must_use]
    pub fn is_security_notice(self) -> bool {
        match self {
            Self::AccountActivated
            | Self::PasswordChanged
            | Self::EmailChanged
            | Self::SessionTheft
            | Self::AccountClosed
            | Self::LeaseChanged
            | Self::PaperlessStarted
            | Self::ClosingSoon
            | Self::AccountDeactivated => true,
            Self::Activation
            | Self::HouseholdAlreadyRegistered
            | Self::EmailAlreadyRegistered
            | Self::PasswordReset
            | Self::IdentifierReminder
            | Self::EmailChangeConfirm
            | Self::AgencyRequest
            | Self::AgencyRequestReceived
            | Self::AgencyRequestNotDelivered
            | Self::AgencyRequestRefused
            | Self::PaperlessStopped => false,
        }
    }
}
