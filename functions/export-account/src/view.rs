//! The exported file: all data held about an account, without passwords and secrets.
//!
//! `ACCOUNT` and `SESSION` in the tests list each attribute of an item, with its place in the file
//! or the reason for leaving it out. The journey `exports` does the same for rows of links and
//! mails.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use shared::domain::{
    Account, Asked, ByKind, Contact, EmailAddress, Language, LeaseReference, MailState, Name,
    PaperlessBy, Purpose, Session, SessionId, Status, TenantId,
};
use shared::mail::{Mail, MailName};
use shared::store::{Bounce, Final, Held, HeldAct, HeldLink, HeldNotice, MailRow, Notice};

/// All data held about an account.
#[derive(Serialize)]
pub(crate) struct Export<'a> {
    exported_at: Timestamp,
    account: ExportedAccount<'a>,
    sessions: Vec<ExportedSession<'a>>,
    links: Vec<ExportedLink>,
    mails: Vec<ExportedMail<'a>>,
    acts: Vec<ExportedAct<'a>>,
    /// The bounces of the address, if there were any.
    returned_mail: Option<ExportedBounce<'a>>,
}

#[derive(Serialize)]
struct ExportedAccount<'a> {
    id: TenantId,
    email: &'a EmailAddress,
    status: Status,
    lease: &'a LeaseReference,
    last_name: &'a Name,
    first_name: Option<&'a Name>,
    agency: &'a Contact,
    adviser: Option<&'a Contact>,
    ends_on: Option<Date>,
    closes_on: Option<Date>,
    /// The day of the last warning.
    warned_on: Option<Date>,
    language: Language,
    paperless: ExportedPaperless<'a>,
    terms: ExportedTerms<'a>,
    created_at: Timestamp,
    mail_state: Option<MailState>,
    asked_to_close_until: Option<Timestamp>,
    asked_for_paper_until: Option<Timestamp>,
    /// Until when each former address can be restored. The links below name the addresses.
    address_changes_revocable_until: Vec<Timestamp>,
    closure: Option<ExportedClosure<'a>>,
}

#[derive(Serialize)]
struct ExportedPaperless<'a> {
    granted: bool,
    since: Timestamp,
    by: PaperlessBy,
    caller: Option<&'a str>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct ExportedTerms<'a> {
    version: &'a str,
    accepted_at: Timestamp,
}

#[derive(Serialize)]
struct ExportedClosure<'a> {
    at: Timestamp,
    by: &'a str,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct ExportedSession<'a> {
    id: SessionId,
    created_at: Timestamp,
    seen_at: Timestamp,
    expires_at: Timestamp,
    user_agent: &'a str,
    persistent: bool,
    /// Whether a change of password or address has ended the session.
    ended: bool,
}

#[derive(Serialize)]
struct ExportedLink {
    purpose: Purpose,
    created_at: Timestamp,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    /// The data of the link or the notice: addresses, names, messages.
    content: Value,
    mail: ExportedSending,
}

#[derive(Serialize)]
struct ExportedMail<'a> {
    to: &'a EmailAddress,
    language: Language,
    content: &'a Mail,
    created_at: Timestamp,
    expires_at: Timestamp,
    sending: ExportedSending,
}

/// The state of a mail.
#[derive(Serialize)]
struct ExportedSending {
    name: MailName,
    attempts: u32,
    /// Absent while the mail waits.
    outcome: Option<Final>,
    at: Option<Timestamp>,
}

#[derive(Serialize)]
struct ExportedAct<'a> {
    at: Timestamp,
    expires_at: Timestamp,
    what: &'a str,
    by: ByKind,
    /// The agency's system. Staff are not named: the right of access does not reach which employee
    /// has acted on behalf of the controller (Court of Justice of the EU, C-579/21).
    caller: Option<&'a str>,
    outcome: Option<&'a str>,
}

#[derive(Serialize)]
struct ExportedBounce<'a> {
    at: Timestamp,
    reason: &'a str,
    no_mail_until: Timestamp,
    tried_again_at: Option<Timestamp>,
}

impl<'a> Export<'a> {
    /// The data held about `account` at `now`.
    pub(crate) fn of(
        account: &'a Account,
        held: &'a Held,
        bounce: Option<&'a Bounce>,
        now: Timestamp,
    ) -> Self {
        let sessions = held.sessions.iter();
        Self {
            exported_at: now,
            account: of_account(account),
            sessions: sessions.map(|session| of_session(session, account)).collect(),
            links: held.links.iter().map(of_link).collect(),
            mails: held.notices.iter().filter_map(of_notice).collect(),
            acts: held.acts.iter().map(of_act).collect(),
            returned_mail: bounce.map(|bounce| ExportedBounce {
                at: bounce.bounced_at,
                reason: &bounce.reason,
                no_mail_until: bounce.stopped_until,
                tried_again_at: bounce.probed_at,
            }),
        }
    }
}

fn of_account(account: &Account) -> ExportedAccount<'_> {
    let until = |asked: Option<Asked>| asked.map(|asked| asked.until);
    ExportedAccount {
        id: account.id,
        email: &account.email,
        status: account.status,
        lease: &account.lease,
        last_name: &account.last_name,
        first_name: account.first_name.as_ref(),
        agency: &account.agency,
        adviser: account.adviser.as_ref(),
        ends_on: account.ends_on,
        closes_on: account.closes_on,
        warned_on: account.warned_on,
        language: account.language,
        paperless: ExportedPaperless {
            granted: account.paperless.granted,
            since: account.paperless.since,
            by: account.paperless.by,
            caller: account.paperless.caller.as_deref(),
            reason: account.paperless.reason.as_deref(),
        },
        terms: ExportedTerms {
            version: &account.terms.version,
            accepted_at: account.terms.accepted_at,
        },
        created_at: account.created_at,
        mail_state: account.mail_state,
        asked_to_close_until: until(account.asked_to_close),
        asked_for_paper_until: until(account.asked_for_paper),
        address_changes_revocable_until: account.reverts.iter().map(|r| r.until).collect(),
        closure: account.closure.as_ref().map(|closure| ExportedClosure {
            at: closure.at,
            by: &closure.by,
            reason: closure.reason.as_deref(),
        }),
    }
}

fn of_session<'a>(session: &'a Session, account: &Account) -> ExportedSession<'a> {
    ExportedSession {
        id: session.id,
        created_at: session.created_at,
        seen_at: session.seen_at,
        expires_at: session.expires_at,
        user_agent: &session.user_agent,
        persistent: session.persistent,
        ended: !session.belongs_to(account),
    }
}

fn of_act(act: &HeldAct) -> ExportedAct<'_> {
    ExportedAct {
        at: act.at,
        expires_at: act.expires_at,
        what: &act.what,
        by: act.by,
        caller: act.by_name.as_deref().filter(|_| act.by == ByKind::Agency),
        outcome: act.outcome.as_deref(),
    }
}

fn of_link(link: &HeldLink) -> ExportedLink {
    let mut content = link.row.payload.clone();
    if let Some(content) = content.as_object_mut() {
        // Password hashes are not exported.
        content.remove("password");
    }
    // Rows have times in seconds, the file in the format of the API.
    if let Some(at) = content.pointer_mut("/settled/at")
        && let Some(instant) = at.as_i64().and_then(|at| Timestamp::from_second(at).ok())
    {
        *at = Value::String(instant.to_string());
    }
    ExportedLink {
        purpose: link.purpose,
        created_at: link.row.created_at,
        expires_at: link.row.expires_at,
        used_at: link.row.used_at,
        content,
        mail: of_mail(&link.row.mail),
    }
}

fn of_notice(held: &HeldNotice) -> Option<ExportedMail<'_>> {
    // Other notices name no account.
    let Notice::Settled(addressed, mail) = &held.notice else {
        return None;
    };
    Some(ExportedMail {
        to: &addressed.to,
        language: addressed.language,
        content: mail,
        created_at: held.created_at,
        expires_at: held.expires_at,
        sending: of_mail(&held.mail),
    })
}

fn of_mail(mail: &MailRow) -> ExportedSending {
    ExportedSending {
        name: mail.name,
        attempts: mail.queue.attempts,
        outcome: mail.settled,
        at: mail.settled_at,
    }
}

/// The place of each attribute of an account in the file, or why it is left out.
#[cfg(test)]
const ACCOUNT: [(&str, Result<&str, &str>); 21] = [
    ("id", Ok("id")),
    ("email", Ok("email")),
    ("lease", Ok("lease")),
    ("last_name", Ok("last_name")),
    ("first_name", Ok("first_name")),
    ("agency", Ok("agency")),
    ("adviser", Ok("adviser")),
    ("ends_on", Ok("ends_on")),
    ("closes_on", Ok("closes_on")),
    ("warned_on", Ok("warned_on")),
    ("status", Ok("status")),
    ("epoch", Err("counts what ended all sessions, and says nothing more")),
    ("language", Ok("language")),
    ("paperless", Ok("paperless")),
    ("terms", Ok("terms")),
    ("created_at", Ok("created_at")),
    ("mail_state", Ok("mail_state")),
    ("reverts", Ok("address_changes_revocable_until")),
    ("asked_to_close", Ok("asked_to_close_until")),
    ("asked_for_paper", Ok("asked_for_paper_until")),
    ("closure", Ok("closure")),
];

/// The place of each attribute of a session in the file, or why it is left out.
#[cfg(test)]
const SESSION: [(&str, Result<&str, &str>); 12] = [
    ("id", Ok("id")),
    ("tenant", Err("the account's own id")),
    ("epoch", Err("shown as whether the session has ended")),
    ("secret", Err("opens the session")),
    ("previous", Err("opened the session")),
    ("rotated_at", Err("when the secret was made")),
    ("new_seen", Err("when the secret was first used")),
    ("persistent", Ok("persistent")),
    ("user_agent", Ok("user_agent")),
    ("created_at", Ok("created_at")),
    ("seen_at", Ok("seen_at")),
    ("expires_at", Ok("expires_at")),
];

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use shared::domain::{Closure, LinkId, Paperless, Revert, SecretHash, SessionSecret, Terms};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    /// An account with every attribute. A new field must be added here.
    fn account() -> Account {
        let name = |text: &str| Name::try_from(text.to_owned()).unwrap();
        let contact = |text: &str| Contact {
            name: name(text),
            email: EmailAddress::try_from("agence@bailleur.example".to_owned()).unwrap(),
        };
        let asked = Some(Asked { link: LinkId::from([1; 16]), until: now() });
        Account {
            id: TenantId::from([1; 16]),
            email: EmailAddress::try_from("camille@exemple.example".to_owned()).unwrap(),
            lease: LeaseReference::try_from("12345678".to_owned()).unwrap(),
            last_name: name("Martin"),
            first_name: Some(name("Camille")),
            agency: contact("Agence"),
            adviser: Some(contact("Conseillère")),
            ends_on: Some(date(2026, 1, 31)),
            closes_on: Some(date(2026, 4, 30)),
            warned_on: Some(date(2026, 3, 31)),
            status: Status::Deactivated,
            epoch: 2,
            language: Language::French,
            paperless: Paperless {
                granted: true,
                since: now(),
                by: PaperlessBy::Agency,
                caller: Some("arn".to_owned()),
                reason: Some("demande".to_owned()),
            },
            terms: Terms { version: "2026-01".to_owned(), accepted_at: now() },
            created_at: now(),
            mail_state: Some(MailState::Bounced),
            reverts: vec![Revert { link: LinkId::from([2; 16]), until: now() }],
            asked_to_close: asked,
            asked_for_paper: asked,
            closure: Some(Closure {
                at: now(),
                by: "agency".to_owned(),
                reason: Some("départ".to_owned()),
            }),
        }
    }

    fn session() -> Session {
        let hash: SecretHash = SessionSecret::from([1; 32]).hash();
        Session {
            id: SessionId::from([1; 16]),
            tenant: TenantId::from([1; 16]),
            epoch: 1,
            secret: hash.clone(),
            previous: Some(hash),
            rotated_at: now(),
            new_seen: Some(now()),
            persistent: true,
            user_agent: "Firefox".to_owned(),
            created_at: now(),
            seen_at: now(),
            expires_at: now(),
        }
    }

    /// Checks that `told` lists each attribute of `item`, and that `exported` has it in the listed
    /// place.
    fn check(item: &Value, exported: &Value, told: &[(&str, Result<&str, &str>)]) {
        let names: Vec<&String> = item.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), told.len(), "each once: {names:?}");
        for name in names {
            let (_, place) = told.iter().find(|(attribute, _)| attribute == name).unwrap();
            if let Ok(place) = place {
                let value = &exported[*place];
                assert!(!value.is_null() && *value != Value::Array(vec![]), "{name} at {place}");
            }
        }
    }

    #[test]
    fn every_attribute_of_an_account_is_exported_or_withheld_for_a_reason() {
        let account = account();
        let exported = serde_json::to_value(of_account(&account)).unwrap();

        check(&serde_json::to_value(&account).unwrap(), &exported, &ACCOUNT);
        for part in ["paperless", "closure"] {
            let parts = exported[part].as_object().unwrap();
            assert!(parts.values().all(|value| !value.is_null()), "{part}: {parts:?}");
        }
    }

    #[test]
    fn every_attribute_of_a_session_is_exported_or_withheld_for_a_reason() {
        let (account, session) = (account(), session());
        let exported = serde_json::to_value(of_session(&session, &account)).unwrap();

        check(&serde_json::to_value(&session).unwrap(), &exported, &SESSION);
        let text = exported.to_string();
        assert!(!text.contains(session.secret.as_str()) && exported["ended"] == true);
    }
}
