//! Who causes which mail: outsiders, whose mails are limited, or a change that the household must be
//! able to object to, whose mails are security notices.

use super::MailName;

impl MailName {
    /// Whether an outsider can cause the mail: somebody who is not signed in, or who has it sent to
    /// an address that is not the account's. Such mails to one address are counted and limited.
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

    /// Whether the mail tells the household of a change that it must be able to object to: of the
    /// account, its credentials, its lease or the delivery of documents, perhaps made by somebody
    /// else, or an end of access soon. Such a mail is exempt from limits, and tried even while
    /// mails to the address are stopped, because without it nobody would notice in time.
    ///
    /// Other mails are not: a request to the agency changes nothing until it is done, a household
    /// notices paper by itself, and a link or an identifier that somebody asked for changes
    /// nothing.
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
