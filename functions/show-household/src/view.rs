//! The answer.

use std::cmp::Reverse;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use shared::config::Config;
use shared::domain::{
    Account, AgencyRequestKind, ByKind, Contact, Language, LeaseReference, LinkId, MailState,
    Message, Name, RequestState, Role, StaffAct, StaffMember, Status, in_paris,
};
use shared::mail::MailName;
use shared::store::{Final, HeldAct, HeldRequest, MailRow};

use crate::known::{Known, WayIn};
use crate::obstacle::{Code, Obstacle, obstacles};

/// How many events and how many mails are shown, the newest first.
const MOST: usize = 200;

/// A household, as a member of staff sees it.
#[derive(Serialize)]
pub(crate) struct View<'a> {
    lease: LeaseView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountView<'a>>,
    cannot_get_in: Vec<Obstacle>,
    requests: Vec<RequestView>,
    mails: Vec<MailView>,
    happened: Vec<EventView<'a>>,
    may: Vec<&'static str>,
}

#[derive(Serialize)]
struct LeaseView<'a> {
    reference: &'a LeaseReference,
    last_name: &'a Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a Name>,
    agency: &'a Contact,
    #[serde(skip_serializing_if = "Option::is_none")]
    adviser: Option<&'a Contact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_on: Option<Date>,
    ended: bool,
}

#[derive(Serialize)]
struct AccountView<'a> {
    status: Status,
    /// Masked for a reader.
    email: String,
    created_at: Timestamp,
    language: Language,
    paperless: PaperlessView,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail_state: Option<MailState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_on: Option<Date>,
    #[serde(flatten)]
    closure: Option<ClosureView<'a>>,
}

#[derive(Serialize)]
struct PaperlessView {
    granted: bool,
    since: Timestamp,
}

#[derive(Serialize)]
struct ClosureView<'a> {
    deactivated_at: Timestamp,
    deactivated_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    erased_on: Date,
}

#[derive(Serialize)]
struct RequestView {
    id: LinkId,
    kind: AgencyRequestKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    asked_at: Timestamp,
    state: RequestState,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct MailView {
    mail: MailName,
    at: Timestamp,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct EventView<'a> {
    at: Timestamp,
    what: &'a str,
    by: ByView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
}

#[derive(Serialize)]
struct ByView<'a> {
    kind: ByKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl<'a> View<'a> {
    /// What is `known` of a household, for `member`.
    pub(crate) fn of(known: &'a Known, member: &StaffMember, config: &Config) -> Self {
        let cannot_get_in = obstacles(known, &member.agencies);
        let account = known.account.as_ref();
        let links = known.held.links.iter().rev();
        let requests = account
            .map(|account| links.filter_map(|link| link.request(account)).map(Into::into).collect())
            .unwrap_or_default();
        Self {
            lease: LeaseView::of(known),
            account: account.map(|account| AccountView::of(account, known, member.role, config)),
            requests,
            mails: mails(known),
            happened: happened(known),
            may: may(known, &cannot_get_in, member.role),
            cannot_get_in,
        }
    }
}

impl<'a> LeaseView<'a> {
    fn of(known: &'a Known) -> Self {
        let terms = &known.lease.terms;
        Self {
            reference: &terms.reference,
            last_name: &terms.last_name,
            first_name: terms.first_name.as_ref(),
            agency: &terms.agency,
            adviser: terms.adviser.as_ref(),
            ends_on: terms.ends_on,
            ended: has_ended(known),
        }
    }
}

impl<'a> AccountView<'a> {
    fn of(account: &'a Account, known: &Known, role: Role, config: &Config) -> Self {
        let email = match role {
            Role::Reader => account.email.masked_with("•••"),
            Role::Agent | Role::Supervisor => account.email.to_string(),
        };
        let closure = account.closure.as_ref().map(|closure| ClosureView {
            deactivated_at: closure.at,
            deactivated_by: deactivated_by(&closure.by, &known.held.acts),
            reason: closure.reason.as_deref(),
            erased_on: closure.erasure(config.erase_after_months).due_on,
        });
        Self {
            status: account.status,
            email,
            created_at: account.created_at,
            language: account.language,
            paperless: PaperlessView {
                granted: account.paperless.granted,
                since: account.paperless.since,
            },
            mail_state: account.mail_state,
            closes_on: account.closes_on,
            closure,
        }
    }
}

impl From<HeldRequest> for RequestView {
    fn from(request: HeldRequest) -> Self {
        let HeldRequest { id, kind, message, asked_at, state, reason, settled_at } = request;
        Self { id, kind, message, asked_at, state, reason, settled_at }
    }
}

impl MailView {
    fn of(row: &MailRow, at: Timestamp) -> Self {
        let state = match row.settled {
            None => "waiting",
            Some(Final::Sent) => "sent",
            Some(Final::Refused) => "refused",
            Some(Final::Dropped) => "dropped",
            Some(Final::NotDue) => "not_due",
            Some(Final::Broken) => "broken",
        };
        Self { mail: row.name, at, state, settled_at: row.settled_at }
    }
}

/// Whose wish the deactivation was. The agency closes an account because the tenant asked for it, or
/// for a reason of its own.
fn deactivated_by(by: &str, acts: &[HeldAct]) -> &'static str {
    let mut acts = acts.iter().rev();
    let closed = acts.find(|act| act.what == "closed");
    let as_asked = closed.is_some_and(|act| act.outcome.is_some());
    match by {
        "schedule" => "schedule",
        // The link of a request.
        "agency" => "tenant",
        _ if as_asked => "tenant",
        _ => "agency",
    }
}

/// The mails of the account and of the registration that waits, newest first.
fn mails(known: &Known) -> Vec<MailView> {
    let waiting = known.waiting().map(|waiting| &waiting.link);
    let links = known.held.links.iter().chain(waiting);
    let links = links.map(|link| MailView::of(&link.row.mail, link.row.created_at));
    let notices = known.held.notices.iter();
    let notices = notices.map(|notice| MailView::of(&notice.mail, notice.created_at));
    let mut mails: Vec<_> = links.chain(notices).collect();
    mails.sort_by_key(|mail| Reverse(mail.at));
    mails.truncate(MOST);
    mails
}

/// The acts, the sign-ins, and the registration that waits, newest first.
fn happened(known: &Known) -> Vec<EventView<'_>> {
    let by_tenant = |at, what| {
        let by = ByView { kind: ByKind::Tenant, name: None };
        EventView { at, what, by, outcome: None }
    };
    let registered = known.waiting().map(|waiting| waiting.link.row.created_at);
    let sign_ins = known.held.sessions.iter().map(|session| session.created_at);
    let acts = known.held.acts.iter().rev().map(|act| EventView {
        at: act.at,
        what: &act.what,
        by: ByView { kind: act.by, name: act.by_name.as_deref() },
        outcome: act.outcome.as_deref(),
    });
    let mut happened: Vec<_> = registered
        .into_iter()
        .map(|at| by_tenant(at, "registered"))
        .chain(sign_ins.map(|at| by_tenant(at, "signed-in")))
        .chain(acts)
        .collect();
    happened.sort_by_key(|event| Reverse(event.at));
    happened.truncate(MOST);
    happened
}

/// What `role` may do with the household now.
fn may(known: &Known, obstacles: &[Obstacle], role: Role) -> Vec<&'static str> {
    let active = matches!(known.way_in, WayIn::SignIn(_));
    let paperless = known.account.as_ref().is_some_and(|account| account.paperless.granted);
    let waits = known.waiting().is_some_and(|waiting| waiting.owner.is_none());
    let comes_back = obstacles.iter().any(|obstacle| obstacle.code == Code::MailComesBack);
    let acts = [
        ("send-activation", StaffAct::SendAgain, waits && !has_ended(known)),
        ("send-reset", StaffAct::SendAgain, active),
        ("lift-stop", StaffAct::LiftStop, active && comes_back),
        ("close-account", StaffAct::CloseAccount, active),
        ("stop-paperless", StaffAct::CloseAccount, active && paperless),
    ];
    let may = acts.into_iter().filter(|(_, act, makes_sense)| *makes_sense && role.may(*act));
    may.map(|(name, ..)| name).collect()
}

/// Whether nobody can register with the lease any more.
fn has_ended(known: &Known) -> bool {
    known.lease.terms.as_seen().has_ended(in_paris(known.now))
}
