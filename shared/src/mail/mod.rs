//! The mails. Each has a folder: its payload, its texts in French and in English, its snapshots.
//!
//! A [`Mail`] is the data of a mail. A [`Message`] is the mail in one language: a subject and a few
//! blocks, with the landlord's [`Letterhead`] and the household's [`Staff`] in the footer. One
//! layout renders it as HTML and as text, so the two versions cannot drift apart. Subjects and
//! labels are constants in the folder of the mail. A tenant's text only appears as text in the
//! body.
//!
//! A new mail needs a folder, a variant of [`Mail`] and a sample. The tests name what is missing.

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

mod causes;
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

use serde::{Deserialize, Serialize};

pub use self::letterhead::{Letterhead, Staff};
pub use self::link_url::LinkUrl;
use self::message::Draft;
pub use self::message::Message;
use crate::domain::Language;

/// A mail, with all the data in its text.
///
/// It is stored as its name and payload: `{"mail": "closing-soon", "payload": {"on": …, "days":
/// …}}`. The variants that `serde` skips are never stored: they contain a link, or depend on what
/// exists when the mail is sent.
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
    /// The link that activates the account.
    #[serde(skip)]
    Activation(activation::Payload),
    /// The account is active. Names the identifier.
    AccountActivated(account_activated::Payload),
    /// The household of a registration already has an account.
    #[serde(skip)]
    HouseholdAlreadyRegistered(household_already_registered::Payload),
    /// The address of a registration is already an identifier.
    #[serde(skip)]
    EmailAlreadyRegistered(email_already_registered::Payload),
    /// The link to choose a new password.
    #[serde(skip)]
    PasswordReset(password_reset::Payload),
    /// The password was changed.
    PasswordChanged(password_changed::Payload),
    /// The identifier, mailed to that address.
    #[serde(skip)]
    IdentifierReminder(identifier_reminder::Payload),
    /// The link that confirms a new address, mailed to that address.
    #[serde(skip)]
    EmailChangeConfirm(email_change_confirm::Payload),
    /// The identifier was changed. Mailed to the former address, with the link that undoes the
    /// change.
    #[serde(skip)]
    EmailChanged(email_changed::Payload),
    /// A session was ended because its cookie was copied.
    SessionTheft(session_theft::Payload),
    /// A tenant's request, mailed to the agency with the link to answer it.
    #[serde(skip)]
    AgencyRequest(agency_request::Payload),
    /// The request was passed on to the agency.
    AgencyRequestReceived(agency_request_received::Payload),
    /// The request did not reach the agency.
    AgencyRequestNotDelivered(agency_request_not_delivered::Payload),
    /// The agency refused the request.
    AgencyRequestRefused(agency_request_refused::Payload),
    /// The account was closed.
    AccountClosed(account_closed::Payload),
    /// The account follows another lease.
    LeaseChanged(lease_changed::Payload),
    /// Rent notices are paperless from now on.
    PaperlessStarted(paperless_started::Payload),
    /// Rent notices come on paper again.
    PaperlessStopped(paperless_stopped::Payload),
    /// The account will be deactivated.
    ClosingSoon(closing_soon::Payload),
    /// The account was deactivated.
    AccountDeactivated(account_deactivated::Payload),
}

impl Mail {
    /// The name of the mail.
    #[must_use]
    pub fn name(&self) -> MailName {
        self.into()
    }

    /// The mail in `language`. `staff` is the household's, if it is known and the reader may know
    /// it.
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
}
