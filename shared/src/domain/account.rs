//! The account of one household.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::second;
use serde::{Deserialize, Serialize};

use super::{
    AgencyRequestKind, Contact, EmailAddress, Language, LeaseReference, LeaseTerms, LinkId,
    MailState, Name, NextStep, TenantId, in_paris,
};

/// The account of one household.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Account {
    /// What it is called in tokens and logs.
    pub id: TenantId,
    /// The address one signs in with.
    pub email: EmailAddress,
    /// The lease it holds.
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
    /// The exit date, as on the lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<Date>,
    /// The day on which it is deactivated, where its lease has an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_on: Option<Date>,
    /// The day on which a warning of that was mailed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warned_on: Option<Date>,
    /// Whether one can sign in.
    pub status: Status,
    /// Moves whenever all sessions and links made before are to end.
    pub epoch: u64,
    /// The language of its mails.
    pub language: Language,
    /// Whether rent notices come without paper.
    pub paperless: Paperless,
    /// The terms that were accepted last.
    pub terms: Terms,
    /// When it was activated.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// What became of the last mail to its address, where that was not well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_state: Option<MailState>,
    /// The address changes that can still be taken back, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<Revert>,
    /// What was asked of the agency and is not answered: that the account be closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_to_close: Option<Asked>,
    /// What was asked of the agency and is not answered: that paper come again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_for_paper: Option<Asked>,
    /// Why, when and by whom it was deactivated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closure: Option<Closure>,
}

/// An address change that can be taken back by a link.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Revert {
    /// That link.
    pub link: LinkId,
    /// Until when it can be used.
    #[serde(with = "second::required")]
    pub until: Timestamp,
}

/// Something that was asked of the agency.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Asked {
    /// The link that the agency answers by.
    pub link: LinkId,
    /// Until when it can be used.
    #[serde(with = "second::required")]
    pub until: Timestamp,
}

/// Why, when and by whom an account was deactivated.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Closure {
    /// When.
    #[serde(with = "second::required")]
    pub at: Timestamp,
    /// By whom: the ARN of the agency's system, `agency` by a mailed link, or `schedule`.
    pub by: String,
    /// Why, in the agency's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Closure {
    /// The erasure that follows it, `months` later.
    #[must_use]
    pub fn erasure(&self, months: i32) -> NextStep {
        NextStep::erasure(in_paris(self.at), months)
    }
}

impl Account {
    /// What of `kind` was asked of the agency and can still be answered at `now`.
    #[must_use]
    pub fn open_request(&self, kind: AgencyRequestKind, now: Timestamp) -> Option<Asked> {
        let asked = match kind {
            AgencyRequestKind::CloseAccount => self.asked_to_close,
            AgencyRequestKind::StopPaperless => self.asked_for_paper,
        };
        asked.filter(|asked| asked.until > now)
    }

    /// What was asked of the agency that `link` answers: once settled, whichever way, it is asked no
    /// more.
    #[must_use]
    pub fn asked_by(&self, link: LinkId) -> Option<AgencyRequestKind> {
        let is_it = |asked: Option<Asked>| asked.is_some_and(|asked| asked.link == link);
        if is_it(self.asked_to_close) {
            Some(AgencyRequestKind::CloseAccount)
        } else {
            is_it(self.asked_for_paper).then_some(AgencyRequestKind::StopPaperless)
        }
    }

    /// Whether `link` answers what was asked of the agency.
    #[must_use]
    pub fn waits_for(&self, link: LinkId) -> bool {
        self.asked_by(link).is_some()
    }

    /// Whether `link` takes an address change back that is not taken back yet.
    #[must_use]
    pub fn reverts_by(&self, link: LinkId) -> bool {
        self.reverts.iter().any(|revert| revert.link == link)
    }

    /// The address changes that can be taken back at `now`.
    pub fn reverts_at(&self, now: Timestamp) -> impl Iterator<Item = Revert> {
        self.reverts.iter().copied().filter(move |revert| revert.until > now)
    }

    /// Whether it says of its lease what `terms` say.
    #[must_use]
    pub fn agrees_with(&self, terms: &LeaseTerms) -> bool {
        self.lease == terms.reference
            && self.last_name == terms.last_name
            && self.first_name == terms.first_name
            && self.agency == terms.agency
            && self.adviser == terms.adviser
            && self.ends_on == terms.ends_on
    }

    /// Whether one can sign in to it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// The household's name as one writes it.
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

/// Whether one can sign in to an account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Sign-in is possible.
    Active,
    /// Sign-in is no longer possible.
    Deactivated,
}

/// Whether rent notices come without paper, since when, and who said so.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Paperless {
    /// Whether they do.
    pub granted: bool,
    /// Since when it is so.
    #[serde(with = "second::required")]
    pub since: Timestamp,
    /// Who said so.
    pub by: PaperlessBy,
    /// The ARN of the agency's system, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Why, in the agency's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Paperless {
    /// What the household itself says.
    #[must_use]
    pub fn by_tenant(granted: bool, since: Timestamp) -> Self {
        Self { granted, since, by: PaperlessBy::Tenant, caller: None, reason: None }
    }

    /// Paper again, as the agency says by a mailed link.
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

/// The terms a household has accepted.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Terms {
    /// Their version.
    pub version: String,
    /// When they were accepted.
    #[serde(with = "second::required")]
    pub accepted_at: Timestamp,
}
