//! Why a household cannot get in.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use shared::domain::{Account, Agencies, MailState, Purpose, in_paris};
use shared::mail::MailName;
use shared::store::{Bounce, Final, HeldLink, Refused};

use crate::known::{Known, Registering, SignIn, Waiting, WayIn};

/// Something that stands in the way of a household.
#[derive(Debug, Serialize)]
pub(crate) struct Obstacle {
    pub(crate) code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<MailName>,
}

/// What stands in the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    NeverRegistered,
    /// The activation link was mailed.
    LinkNotFollowed,
    /// A link to choose a password was mailed.
    ResetNotFollowed,
    /// The mail is not sent yet.
    MailWaiting,
    /// The mail will never be sent.
    MailNotSent,
    MailComesBack,
    /// The address of the registration belongs to another account.
    AddressInUse,
    /// Sign-ins or registrations are refused for now.
    HeldBack,
    /// A change of the address was taken back, which removes the password.
    PasswordNotSet,
    Deactivated,
    /// The lease has ended, so that nobody can register with it.
    LeaseEnded,
}

/// An instant or a day.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
enum When {
    Instant(Timestamp),
    Day(Date),
}

impl Obstacle {
    fn of(code: Code) -> Self {
        Self { code, at: None, until: None, reason: None, mail: None }
    }

    fn at(self, at: Option<Timestamp>) -> Self {
        Self { at: at.map(When::Instant), ..self }
    }

    fn until(self, until: Option<Timestamp>) -> Self {
        Self { until, ..self }
    }

    fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    fn with(self, mail: MailName) -> Self {
        Self { mail: Some(mail), ..self }
    }
}

/// What stands in the way of the household, first what matters most. `agencies` are those of the
/// person who looks.
pub(crate) fn obstacles(known: &Known, agencies: &Agencies) -> Vec<Obstacle> {
    match (&known.way_in, &known.account) {
        (WayIn::SignIn(sign_in), Some(account)) => of_sign_in(known, account, sign_in),
        (WayIn::Registration(registering), account) => {
            of_registration(known, account.as_ref(), registering, agencies)
        }
        (WayIn::SignIn(_), None) => Vec::new(),
    }
}

fn of_sign_in(known: &Known, account: &Account, sign_in: &SignIn) -> Vec<Obstacle> {
    let when = |what: &str, outcome: Option<&str>| {
        let mut acts = known.held.acts.iter().rev();
        let act = acts.find(|act| act.what == what && act.outcome.as_deref() == outcome);
        act.map(|act| act.at)
    };
    let no_password = (!sign_in.has_password)
        .then(|| Obstacle::of(Code::PasswordNotSet).at(when("address-change-reverted", None)));
    let complained_at = when("mail-returned", Some(MailState::Complained.name()));
    let back = comes_back(known.now, account.mail_state, sign_in.bounce.as_ref(), complained_at);
    let reset = known.held.links.iter().rev().find(|link| is_reset_of(link, account));
    // Whoever has signed in since needs the link no more.
    let signed_in = |link: &HeldLink| {
        let mut sessions = known.held.sessions.iter();
        sessions.any(|session| session.created_at >= link.row.created_at)
    };
    let reset = reset.filter(|link| !signed_in(link));
    let reset = reset.and_then(|link| fate(link, Code::ResetNotFollowed, back.is_some()));
    no_password.into_iter().chain(held_back(sign_in.refused)).chain(back).chain(reset).collect()
}

fn of_registration(
    known: &Known,
    account: Option<&Account>,
    registering: &Registering,
    agencies: &Agencies,
) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    let terms = &known.lease.terms;
    if terms.as_seen().has_ended(in_paris(known.now)) {
        let at = terms.ends_on.map(When::Day);
        obstacles.push(Obstacle { at, ..Obstacle::of(Code::LeaseEnded) });
    }
    if let Some(waiting) = &registering.waiting {
        obstacles.extend(of_waiting(known, waiting, agencies));
    }
    match account {
        Some(account) => {
            let closure = account.closure.as_ref();
            let deactivated = Obstacle::of(Code::Deactivated)
                .at(closure.map(|closure| closure.at))
                .because(closure.and_then(|closure| closure.reason.clone()));
            // A household that registers anew is held back by that. Else it has no account any more.
            let first = registering.waiting.is_none();
            obstacles.insert(if first { 0 } else { obstacles.len() }, deactivated);
        }
        None if registering.waiting.is_none() => {
            obstacles.push(Obstacle::of(Code::NeverRegistered));
        }
        None => {}
    }
    obstacles.extend(held_back(registering.refused));
    obstacles
}

fn of_waiting(known: &Known, waiting: &Waiting, agencies: &Agencies) -> Vec<Obstacle> {
    let Waiting { link, bounce, owner, refused } = waiting;
    // Who may not see the other account's household does not learn that there is one.
    if owner.as_ref().is_some_and(|owner| agencies.cover(&owner.agency)) {
        return vec![Obstacle::of(Code::AddressInUse).at(link.row.mail.settled_at)];
    }
    let back = comes_back(known.now, known.lease.pending_mail_state, bounce.as_ref(), None);
    let fate = fate(link, Code::LinkNotFollowed, back.is_some());
    back.into_iter().chain(held_back(*refused)).chain(fate).collect()
}

/// The obstacle that the mail of `link` makes: it waits, is not sent, or its link was `not_followed`.
/// If mails come back, that is why one was dropped.
fn fate(link: &HeldLink, not_followed: Code, comes_back: bool) -> Option<Obstacle> {
    let mail = &link.row.mail;
    let not_sent = |reason: &str| {
        let at = mail.settled_at;
        Obstacle::of(Code::MailNotSent).at(at).because(Some(reason.to_owned()))
    };
    let obstacle = match mail.settled {
        None => Obstacle::of(Code::MailWaiting).at(Some(link.row.created_at)),
        Some(Final::Sent) => {
            Obstacle::of(not_followed).at(mail.settled_at).until(Some(link.row.expires_at))
        }
        Some(Final::Dropped) if comes_back => return None,
        Some(Final::Dropped) => not_sent("dropped"),
        Some(Final::Refused) => not_sent("refused"),
        Some(Final::Broken) => not_sent("broken"),
        Some(Final::NotDue) => return None,
    };
    Some(obstacle.with(mail.name))
}

/// Whether `link` lets the tenant of `account` choose a password.
fn is_reset_of(link: &HeldLink, account: &Account) -> bool {
    link.purpose == Purpose::PasswordReset
        && link.row.used_at.is_none()
        && link.row.epoch == Some(account.epoch)
}

/// How mails to an address with the mark `state` and this `bounce` come back. A complaint has no
/// `bounce`, but a time.
fn comes_back(
    now: Timestamp,
    state: Option<MailState>,
    bounce: Option<&Bounce>,
    complained_at: Option<Timestamp>,
) -> Option<Obstacle> {
    let back = Obstacle::of(Code::MailComesBack);
    let stopped = bounce.filter(|bounce| state.is_some() || bounce.stopped_until > now);
    if let Some(bounce) = stopped {
        let until = Some(bounce.stopped_until).filter(|until| *until > now);
        let reason = Some(bounce.reason.clone());
        return Some(back.at(Some(bounce.bounced_at)).until(until).because(reason));
    }
    let state = state?;
    let at = complained_at.filter(|_| state == MailState::Complained);
    Some(back.at(at).because(Some(state.name().to_owned())))
}

/// Whether attempts are refused: of all browsers, or of some.
fn held_back(refused: Option<(Refused, Timestamp)>) -> Option<Obstacle> {
    let (whom, until) = refused?;
    let reason = match whom {
        Refused::InAll => "everywhere",
        Refused::ForSome => "some_browsers",
    };
    let reason = Some(reason.to_owned());
    Some(Obstacle::of(Code::HeldBack).until(Some(until)).because(reason))
}
