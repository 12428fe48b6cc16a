//! What happened to an account, and who did it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who acts on an account.
#[derive(Clone, Debug)]
pub enum By {
    /// The tenant, signed in or by a mailed link.
    Tenant,
    /// A system of the agency, with its ARN.
    Agency(String),
    /// A member of the landlord's staff, signed in.
    Staff {
        /// The identity provider's lasting name for the person.
        subject: String,
        /// The person's name.
        name: String,
    },
    /// The agency, by a mailed link.
    AgencyLink,
    /// The daily job.
    Schedule,
    /// SES, by an event that it reports or by refusing a mail.
    MailFeedback,
}

/// The kind of actor, as it is stored with an act.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByKind {
    /// The tenant.
    Tenant,
    /// A system of the agency.
    Agency,
    /// A member of the landlord's staff.
    Staff,
    /// The agency, by a mailed link.
    AgencyLink,
    /// The daily job.
    Schedule,
    /// SES.
    MailFeedback,
}

/// What happened to an account. A sign-in is not among it: it has its session.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The account was created, by the mailed link.
    Activated,
    /// The signed-in tenant chose another password.
    PasswordChanged,
    /// The tenant chose another password, by the mailed link.
    PasswordReset,
    /// The tenant asked for another address.
    AddressChangeAsked,
    /// The address was changed, by the mailed link.
    AddressChanged,
    /// A change of the address was taken back. The account has no password then.
    AddressChangeReverted,
    /// The household moved to another lease.
    LeaseChanged,
    /// The language or the terms that were accepted: the outcome says which.
    SettingsChanged,
    /// Rent notices come without paper from then on.
    PaperlessStarted,
    /// Rent notices come on paper from then on.
    PaperlessStopped,
    /// The tenant asked the agency for what the outcome says.
    RequestMade,
    /// The agency refused what the outcome says.
    RequestRefused,
    /// The mail with the request that the outcome says reached no agency.
    RequestNotDelivered,
    /// The agency closed the account.
    Closed,
    /// The mail was caused that warns of the deactivation.
    Warned,
    /// The daily job found another exit date than the one that it had planned for.
    Replanned,
    /// The account was deactivated because its lease has ended.
    Deactivated,
    /// All personal data was removed.
    Erased,
    /// An import set, moved or removed the exit date: the outcome says which.
    ExitDateChanged,
    /// An import changed the names or the contacts of the lease.
    DetailsChanged,
    /// A mail to the address came back, or was marked as spam: the outcome says which.
    MailReturned,
    /// Staff had the mail sent again that the outcome says.
    MailSentAgain,
    /// Mails to the address are tried again.
    StopLifted,
    /// A session ended because its cookie had been copied.
    SessionStolen,
}

/// An act on an account, for the row that keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// What happened.
    pub what: What,
    /// Who did it.
    pub by: &'a By,
    /// More about it: a word, never a name, an address or a text that somebody wrote.
    pub outcome: Option<&'static str>,
}

impl By {
    /// The kind of actor.
    #[must_use]
    pub fn kind(&self) -> ByKind {
        match self {
            Self::Tenant => ByKind::Tenant,
            Self::Agency(_) => ByKind::Agency,
            Self::Staff { .. } => ByKind::Staff,
            Self::AgencyLink => ByKind::AgencyLink,
            Self::Schedule => ByKind::Schedule,
            Self::MailFeedback => ByKind::MailFeedback,
        }
    }

    /// The name of the person, or the ARN of the agency's system.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Agency(name) | Self::Staff { name, .. } => Some(name),
            Self::Tenant | Self::AgencyLink | Self::Schedule | Self::MailFeedback => None,
        }
    }

    /// The lasting name of the member of staff who acts.
    #[must_use]
    pub fn staff(&self) -> Option<&str> {
        match self {
            Self::Staff { subject, .. } => Some(subject),
            _ => None,
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant => "tenant",
            Self::Agency(name) | Self::Staff { name, .. } => name,
            Self::AgencyLink => "agency",
            Self::Schedule => "schedule",
            Self::MailFeedback => "ses",
        })
    }
}

impl What {
    /// This act, done by `by`.
    #[must_use]
    pub fn by(self, by: &By) -> Act<'_> {
        Act { what: self, by, outcome: None }
    }
}

impl Act<'_> {
    /// The act, with more about it.
    #[must_use]
    pub fn with(self, outcome: Option<&'static str>) -> Self {
        Self { outcome, ..self }
    }
}
