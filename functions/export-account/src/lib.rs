//! Gives a tenant everything held about the account.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use shared::app::App;
use shared::domain::{
    Account, Asked, Contact, EmailAddress, Language, LeaseReference, MailState, Name, Paperless,
    Purpose, Status, TenantId, Terms,
};
use shared::error::Error;
use shared::http::{Function, Reply, SignedIn, signed_in};
use shared::store::Held;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    signed_in(env!("CARGO_PKG_NAME"), handle)
}

/// Everything held about an account. No secret is.
#[derive(Serialize)]
struct Export<'a> {
    exported_at: Timestamp,
    account: ExportedAccount<'a>,
    sessions: Vec<ExportedSession>,
    links: Vec<ExportedLink>,
    mails: Vec<ExportedMail>,
}

#[derive(Serialize)]
struct ExportedAccount<'a> {
    id: TenantId,
    email: &'a EmailAddress,
    status: Status,
    lease: &'a LeaseReference,
    last_name: &'a Name,
    first_name: &'a Name,
    agency: &'a Contact,
    ends_on: Option<Date>,
    closes_on: Option<Date>,
    language: Language,
    paperless: ExportedPaperless<'a>,
    terms: ExportedTerms<'a>,
    created_at: Timestamp,
    mail_state: Option<MailState>,
    asked_to_close_until: Option<Timestamp>,
    asked_for_paper_until: Option<Timestamp>,
}

#[derive(Serialize)]
struct ExportedPaperless<'a> {
    granted: bool,
    since: Timestamp,
    by: shared::domain::PaperlessBy,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct ExportedTerms<'a> {
    version: &'a str,
    accepted_at: Timestamp,
}

#[derive(Serialize)]
struct ExportedSession {
    id: String,
    created_at: Timestamp,
    seen_at: Timestamp,
    user_agent: String,
    persistent: bool,
}

#[derive(Serialize)]
struct ExportedLink {
    purpose: Purpose,
    created_at: Timestamp,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct ExportedMail {
    mail: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// Gives everything held about the account, as a file to keep.
///
/// # Replies
///
/// - 200, a JSON document
/// - 401 `unauthenticated`
async fn handle(app: App, tenant: SignedIn, (): ()) -> Result<Reply, Error> {
    let account = &tenant.account;
    let (sessions, held) = futures_util::try_join!(
        app.store.sessions(account.id, account.epoch),
        app.store.held(account.id),
    )?;
    let session = |session: shared::store::ListedSession| ExportedSession {
        id: session.id().to_owned(),
        created_at: session.created_at,
        seen_at: session.seen_at,
        user_agent: session.user_agent,
        persistent: session.persistent,
    };
    let mut export = Export {
        exported_at: app.clock.now(),
        account: exported(account),
        sessions: sessions.into_iter().map(session).collect(),
        links: Vec::new(),
        mails: Vec::new(),
    };
    for Held { purpose, mail, created_at, expires_at, used_at } in held {
        match purpose {
            Some(purpose) => {
                export.links.push(ExportedLink { purpose, created_at, expires_at, used_at });
            }
            None => export.mails.push(ExportedMail { mail, created_at, expires_at }),
        }
    }
    Ok(Reply::ok(&export)?.as_download("mon-espace-locataire.json"))
}

fn exported(account: &Account) -> ExportedAccount<'_> {
    let Paperless { granted, since, by, reason, .. } = &account.paperless;
    let Terms { version, accepted_at } = &account.terms;
    let until = |asked: Option<Asked>| asked.map(|asked| asked.until);
    ExportedAccount {
        id: account.id,
        email: &account.email,
        status: account.status,
        lease: &account.lease,
        last_name: &account.last_name,
        first_name: &account.first_name,
        agency: &account.agency,
        ends_on: account.ends_on,
        closes_on: account.closes_on(),
        language: account.language,
        paperless: ExportedPaperless {
            granted: *granted,
            since: *since,
            by: *by,
            reason: reason.as_deref(),
        },
        terms: ExportedTerms { version, accepted_at: *accepted_at },
        created_at: account.created_at,
        mail_state: account.mail_state,
        asked_to_close_until: until(account.asked_to_close),
        asked_for_paper_until: until(account.asked_for_paper),
    }
}
