//! The account of one household.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::second;
use serde::{Deserialize, Serialize};

use super::{
    AgencyRequest, AgencyRequestKind, Contact, EmailAddress, Language, LeaseReference, LeaseTerms,
    LinkId, MailState, Name, NextStep, TenantId, in_paris,
};

/// The account of one household, as it is stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Account {
    /// The id in tokens and logs.
    pub id: TenantId,
    /// The identifier: the address that the tenant signs in with.
    pub email: EmailAddress,
    /// The lease that the account holds.
    pub lease: LeaseReference,
    /// The main signatory's last name, as on the lease.
    pub last_name: Name,
    /// The main signatory's first name, as on the lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Name>,
    /// The agency, as on the lease.
    pub agency: Contact,
    /// The adviser, as on the lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adviser: Option<Contact>,
    /// The exit date, as on the lease; absent when the lease has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
    /// The day of deactivation; absent when the lease has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_on: Option<Date>,
    /// The day on which a warning of the deactivation was last mailed; absent when none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned_on: Option<Date>,
    /// Whether the tenant can sign in.
    pub status: Status,
    /// Raised to end all sessions and reset links made before.
    pub epoch: u64,
    /// The language of the account's mails.
    pub language: Language,
    /// Whether rent notices come without paper.
    pub paperless: Paperless,
    /// The terms accepted last.
    pub terms: Terms,
    /// The time of activation.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// The bounce or complaint of the last mail to the account's address; absent when mails arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_state: Option<MailState>,
    /// The address changes that can still be taken back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<Revert>,
    /// The open request to close the account, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_to_close: Option<Asked>,
    /// The open request for rent notices on paper, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_for_paper: Option<Asked>,
    /// Why, when and by whom the account was deactivated; absent while it is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closure: Option<Closure>,
}

/// An address change that can be taken back by a link.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Revert {
    /// The link that takes it back.
    pub link: LinkId,
    /// When the link expires.
    #[serde(with = "second::required")]
    pub until: Timestamp,
}

/// An open request to the agency.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Asked {
    /// The link by which the agency answers.
    pub link: LinkId,
    /// When the link expires.
    #[serde(with = "second::required")]
    pub until: Timestamp,
}

impl Asked {
    /// When the tenant asked.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.until.saturating_sub(AgencyRequest::OPEN_FOR).unwrap_or(Timestamp::MIN)
    }
}

/// Why, when and by whom an account was deactivated.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Closure {
    /// The time of deactivation.
    #[serde(with = "second::required")]
    pub at: Timestamp,
    /// Who did it: the ARN of the agency's system, `agency` for a mailed link, or `schedule`.
    pub by: String,
    /// Why, in the agency's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Closure {
    /// The erasure of the account, `months` later.
    #[must_use]
    pub fn erasure(&self, months: i32) -> NextStep {
        NextStep::erasure(in_paris(self.at), months)
    }
}

impl Account {
    /// The request of `kind` that is not settled, expired or not.
    #[must_use]
    pub fn asked(&self, kind: AgencyRequestKind) -> Option<Asked> {
        match kind {
            AgencyRequestKind::CloseAccount => self.asked_to_close,
            AgencyRequestKind::StopPaperless => self.asked_for_paper,
        }
    }

    /// The open request of `kind`, if the agency can still answer it at `now`.
    #[must_use]
    pub fn open_request(&self, kind: AgencyRequestKind, now: Timestamp) -> Option<Asked> {
        self.asked(kind).filter(|asked| asked.until > now)
    }

    /// The open requests that the agency can still answer at `now`, oldest first.
    #[must_use]
    pub fn open_requests(&self, now: Timestamp) -> Vec<(AgencyRequestKind, Asked)> {
        let open = |kind| self.open_request(kind, now).map(|asked| (kind, asked));
        let mut open: Vec<_> = AgencyRequestKind::ALL.into_iter().filter_map(open).collect();
        open.sort_by_key(|(_, asked)| asked.until);
        open
    }

    /// The kind of the open request that `link` answers. `None` once that request is settled.
    #[must_use]
    pub fn asked_by(&self, link: LinkId) -> Option<AgencyRequestKind> {
        let is_it = |asked: Option<Asked>| asked.is_some_and(|asked| asked.link == link);
        if is_it(self.asked_to_close) {
            Some(AgencyRequestKind::CloseAccount)
        } else {
            is_it(self.asked_for_paper).then_some(AgencyRequestKind::StopPaperless)
        }
    }

    /// Whether `link` answers an open request of the account.
    #[must_use]
    pub fn waits_for(&self, link: LinkId) -> bool {
        self.asked_by(link).is_some()
    }

    /// Whether `link` can still take an address change back.
    #[must_use]
    pub fn reverts_by(&self, link: LinkId) -> bool {
        self.reverts.iter().any(|revert| revert.link == link)
    }

    /// The address changes that can be taken back at `now`, oldest first.
    pub fn reverts_at(&self, now: Timestamp) -> impl Iterator<Item = Revert> {
        self.reverts.iter().copied().filter(move |revert| revert.until > now)
    }

    /// Whether the account's copy of its lease equals `terms`.
    #[must_use]
    pub fn agrees_with(&self, terms: &LeaseTerms) -> bool {
        self.lease == terms.reference
            && self.last_name == terms.last_name
            && self.first_name == terms.first_name
            && self.agency == terms.agency
            && self.adviser == terms.adviser
            && self.ends_on == terms.ends_on
    }

    /// Whether the tenant can sign in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// The household's name, first name first.
    #[must_use]
    pub fn full_name(&self) -> String {
        let first_name = self.first_name.iter().map(Name::as_str);
        first_name.chain([self.last_name.as_str()]).collect::<Vec<_>>().join(" ")
    }

    /// The names that a password must not begin with.
    #[must_use]
    pub fn names(&self) -> Vec<&Name> {
        self.first_name.iter().chain([&self.last_name]).collect()
    }
}

/// Whether the tenant of an account can sign in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Sign-in is possible.
    Active,
    /// Sign-in is no longer possible.
    Deactivated,
}

/// Whether rent notices come without paper, since when, and who decided it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Paperless {
    /// Whether rent notices come without paper.
    pub granted: bool,
    /// The time of the decision.
    #[serde(with = "second::required")]
    pub since: Timestamp,
    /// Who decided it.
    pub by: PaperlessBy,
    /// The ARN of the agency's system, if a system decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Why, in the agency's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Paperless {
    /// A decision of the household.
    #[must_use]
    pub fn by_tenant(granted: bool, since: Timestamp) -> Self {
        Self { granted, since, by: PaperlessBy::Tenant, caller: None, reason: None }
    }

    /// A return to paper, decided by the agency with a mailed link.
    #[must_use]
    pub fn stopped_by_agency(since: Timestamp) -> Self {
        Self { granted: false, since, by: PaperlessBy::Agency, caller: None, reason: None }
    }
}

/// Who may decide on paper.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperlessBy {
    /// The household itself.
    Tenant,
    /// The landlord's staff.
    Agency,
}

/// The terms of use that a household has accepted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Terms {
    /// The version of the terms.
    pub version: String,
    /// When they were accepted.
    #[serde(with = "second::required")]
    pub accepted_at: Timestamp,
}

impl Terms {
    /// The terms of this version, accepted at `now`, to the second.
    #[must_use]
    pub fn accepted(version: String, now: Timestamp) -> Self {
        Self { version, accepted_at: Timestamp::from_second(now.as_second()).unwrap_or(now) }
    }
}
