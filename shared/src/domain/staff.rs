//! Members of the landlord's staff: what each may do, which agencies each may see.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::text::fold;
use super::{Contact, SecretHash, SessionId, SessionSecret};

/// How long an unused session of a member of staff lives.
const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// How long such a session lives at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(8);
/// Uses within a minute count as one.
const SAME_USE: SignedDuration = SignedDuration::from_mins(1);

/// What a member of staff is to the landlord. The identity provider says it in a claim. Each role
/// may do all that the one before may.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    strum::EnumIter,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    /// Sees households and requests.
    Reader,
    /// Also helps households and settles their requests.
    Agent,
    /// Also imports leases and closes accounts.
    Supervisor,
}

/// An act of a member of staff.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    strum::EnumIter,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum StaffAct {
    /// To see who is signed in.
    ShowStaff,
    /// To look for households.
    SearchHouseholds,
    /// To see a household.
    ShowHousehold,
    /// To see the requests that wait.
    ListOpenRequests,
    /// To answer a request.
    SettleRequest,
    /// To have a mail sent again, or a reset mailed.
    SendAgain,
    /// To have mails tried again to an address that was stopped.
    LiftStop,
    /// To see what a file would change.
    PreviewImport,
    /// To see the last imports.
    ListImports,
    /// To import a file.
    ApplyImport,
    /// To import a file that ends many accounts.
    ConfirmEndings,
    /// To close an account.
    CloseAccount,
}

impl Role {
    /// Every role, the least first.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether this role may do `act`: the one table of what staff may do.
    #[must_use]
    pub fn may(self, act: StaffAct) -> bool {
        self >= act.least()
    }

    /// What this role may do.
    pub fn acts(self) -> impl Iterator<Item = StaffAct> {
        StaffAct::all().filter(move |act| self.may(*act))
    }
}

impl StaffAct {
    /// Every act.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The least role that may do it.
    fn least(self) -> Role {
        match self {
            Self::ShowStaff
            | Self::SearchHouseholds
            | Self::ShowHousehold
            | Self::ListOpenRequests => Role::Reader,
            Self::SettleRequest
            | Self::SendAgain
            | Self::LiftStop
            | Self::PreviewImport
            | Self::ListImports => Role::Agent,
            Self::ApplyImport | Self::ConfirmEndings | Self::CloseAccount => Role::Supervisor,
        }
    }
}

/// The agencies whose households a member of staff may see.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Agencies(Vec<String>);

impl Agencies {
    /// What stands for every agency.
    pub const ALL: &'static str = "*";

    /// Every agency.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![Self::ALL.to_owned()])
    }

    /// The agencies that a claim names: each by its name or its address, or `*` for all.
    #[must_use]
    pub fn named(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The names, as the identity provider wrote them.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether these are all agencies.
    #[must_use]
    pub fn are_all(&self) -> bool {
        self.0.iter().any(|name| name.trim() == Self::ALL)
    }

    /// Whether `agency` is one of them. Its name matches without case, accents and spaces.
    #[must_use]
    pub fn cover(&self, agency: &Contact) -> bool {
        let (name, address) = (agency.name.folded(), agency.email.folded());
        let is_it = |named: &String| {
            let is_address = named.trim().eq_ignore_ascii_case(&address);
            is_address || (!name.is_empty() && fold(named) == name)
        };
        self.are_all() || self.0.iter().any(is_it)
    }
}

/// Who signed in, as the identity provider says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StaffMember {
    /// The provider's lasting name for the person.
    pub subject: String,
    /// The person's name.
    pub name: String,
    /// What the person is to the landlord.
    pub role: Role,
    /// Whose households the person may see.
    pub agencies: Agencies,
}

/// A session of a member of staff, as it is stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StaffSession {
    /// The id, which the cookie names.
    pub id: SessionId,
    /// The hash of the cookie's secret.
    pub secret: SecretHash,
    /// Who signed in.
    #[serde(flatten)]
    pub member: StaffMember,
    /// The time of sign-in.
    #[serde(with = "second::required")]
    pub created_at: Timestamp,
    /// The time of the last use, to a minute.
    #[serde(with = "second::required")]
    pub seen_at: Timestamp,
    /// When the session ends if it is not used again.
    #[serde(with = "second::required")]
    pub expires_at: Timestamp,
}

impl StaffSession {
    /// A new session of `member` with `secret`.
    #[must_use]
    pub fn begin(
        id: SessionId,
        secret: &SessionSecret,
        member: StaffMember,
        now: Timestamp,
    ) -> Self {
        let expires_at = now + IDLE;
        Self { id, secret: secret.hash(), member, created_at: now, seen_at: now, expires_at }
    }

    /// This session after a use at `now`; `None` if one within the last minute is stored already.
    #[must_use]
    pub fn used_at(&self, now: Timestamp) -> Option<Self> {
        if now.duration_since(self.seen_at) < SAME_USE {
            return None;
        }
        let expires_at = (now + IDLE).min(self.created_at + LONGEST);
        Some(Self { seen_at: now, expires_at, ..self.clone() })
    }

    /// Whether the session has ended by its time.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_contract_says() {
        let may = |role: Role| -> Vec<&str> { role.acts().map(StaffAct::name).collect() };

        let reader = ["show-staff", "search-households", "show-household", "list-open-requests"];
        assert_eq!(may(Role::Reader), reader);
        let more = ["settle-request", "send-again", "lift-stop", "preview-import", "list-imports"];
        assert_eq!(may(Role::Agent), [reader.as_slice(), &more].concat());
        assert_eq!(may(Role::Supervisor).len(), StaffAct::all().count());
    }

    #[test]
    fn agencies_are_named_by_name_or_address() {
        let agency = Contact {
            name: "Agence des Lilas".to_owned().try_into().unwrap(),
            email: "lilas@bailleur.example".to_owned().try_into().unwrap(),
        };
        let covers = |names: &[&str]| {
            Agencies::named(names.iter().map(|name| (*name).to_owned()).collect()).cover(&agency)
        };
        for names in [
            ["*"].as_slice(),
            &["Agence des Lilas"],
            &["agence  DES-lilas"],
            &["Lilas@Bailleur.example"],
            &["Agence du Port", " lilas@bailleur.example "],
        ] {
            assert!(covers(names), "{names:?}");
        }
        for names in [[].as_slice(), &[""], &["Agence"], &["lilas"], &["**"], &["-"]] {
            assert!(!covers(names), "{names:?}");
        }
    }

    #[test]
    fn a_session_ends_after_30_minutes_without_use_and_8_hours_in_all() {
        let (id, secret) = (SessionId::from([1; 16]), SessionSecret::from([2; 32]));
        let member = StaffMember {
            subject: "1".to_owned(),
            name: "Anne".to_owned(),
            role: Role::Agent,
            agencies: Agencies::named(vec!["*".to_owned()]),
        };
        let begun: Timestamp = "2026-11-27T08:00:00Z".parse().unwrap();
        let after = |minutes: i64| begun + SignedDuration::from_mins(minutes);
        let mut session = StaffSession::begin(id, &secret, member, begun);

        assert!(!session.has_expired(after(29)) && session.has_expired(after(30)));
        assert!(session.used_at(begun + SignedDuration::from_secs(59)).is_none());
        for minutes in (20..=470).step_by(10) {
            session = session.used_at(after(minutes)).unwrap();
        }
        assert!(!session.has_expired(after(479)) && session.has_expired(after(480)));
    }
}
