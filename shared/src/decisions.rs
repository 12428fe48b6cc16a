//! What the agency decides about an account, whoever decides for the agency: who follows a mailed
//! link, a system, a member of staff.

use crate::app::App;
use crate::domain::{
    Account, AgencyRequest, AgencyRequestKind, By, Closure, FieldCode, Message, Occasion, Paperless,
};
use crate::error::Error;
use crate::mail::account_closed::{self, WantedBy};
use crate::mail::{Mail, agency_request_refused, paperless_stopped};
use crate::store::{EndedBy, Link, Notice, Write};

/// The agency's answer to a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The agency does what was asked.
    Done,
    /// The agency refuses, and may say why.
    Refused(Option<Message>),
}

impl Answer {
    /// The answer in the fields `answer` and `reason` of a call; done if nothing is said.
    ///
    /// # Errors
    ///
    /// `not_allowed`, with the field: another answer, or a reason for what is done.
    pub fn of(
        answer: Option<&str>,
        reason: Option<Message>,
    ) -> Result<Self, (&'static str, FieldCode)> {
        match (answer, reason) {
            (None | Some("done"), None) => Ok(Self::Done),
            (None | Some("done"), Some(_)) => Err(("reason", FieldCode::NotAllowed)),
            (Some("refused"), reason) => Ok(Self::Refused(reason)),
            (Some(_), _) => Err(("answer", FieldCode::NotAllowed)),
        }
    }

    /// What this answer to a request of `kind` does, for the audit trail.
    #[must_use]
    pub fn which(&self, kind: AgencyRequestKind) -> &'static str {
        match self {
            Self::Done => kind.name(),
            Self::Refused(_) => "refuse",
        }
    }
}

/// Has `by` answer the request `link` of `account`: does or refuses what was asked, and queues a mail
/// to the tenant.
///
/// # Errors
///
/// `unavailable`.
pub async fn answer(
    app: &App,
    account: &Account,
    link: &Link<AgencyRequest>,
    answer: &Answer,
    by: &By,
) -> Result<Write, Error> {
    match answer {
        Answer::Done => match link.payload.kind {
            AgencyRequestKind::CloseAccount => {
                let (on, wanted_by) = (EndedBy::Answer(link), WantedBy::Tenant);
                close(app, account, by, None, on, wanted_by).await
            }
            AgencyRequestKind::StopPaperless => {
                stop_paperless(app, account, by, None, Some(link)).await
            }
        },
        Answer::Refused(reason) => {
            let payload = agency_request_refused::Payload {
                kind: link.payload.kind,
                reason: reason.as_ref().map(|reason| reason.as_str().to_owned()),
            };
            let notice = Notice::to(account, Mail::AgencyRequestRefused(payload));
            app.store.refuse_request(account, link, by, reason.as_ref(), &notice).await
        }
    }
}

/// Has `by` close `account` or return its rent notices to paper, for the `reason`, and queues a mail
/// to the tenant. What is done already is not done again.
///
/// # Errors
///
/// `unavailable`.
pub async fn carry_out(
    app: &App,
    account: &Account,
    kind: AgencyRequestKind,
    by: &By,
    reason: &Message,
) -> Result<Write, Error> {
    match kind {
        _ if !account.is_active() => Ok(Write::Done),
        AgencyRequestKind::CloseAccount => {
            // If a request is open, the agency answers it so.
            let asked = account.open_request(kind, app.clock.now()).is_some();
            let wanted_by = if asked { WantedBy::Tenant } else { WantedBy::Agency };
            close(app, account, by, Some(reason), EndedBy::Decision, wanted_by).await
        }
        AgencyRequestKind::StopPaperless if !account.paperless.granted => Ok(Write::Done),
        AgencyRequestKind::StopPaperless => {
            stop_paperless(app, account, by, Some(reason), None).await
        }
    }
}

/// Has `by` forget the bounces of the address of `account`, so that its mails are tried again.
///
/// # Errors
///
/// `unavailable`.
pub async fn lift_stop(app: &App, account: &Account, by: &By) -> Result<Write, Error> {
    let subject = app.subjects.hash(&account.email.folded());
    app.store.lift_stop(account, &subject, by).await
}

async fn close(
    app: &App,
    account: &Account,
    by: &By,
    reason: Option<&Message>,
    on: EndedBy<'_>,
    wanted_by: WantedBy,
) -> Result<Write, Error> {
    let (now, months) = (app.clock.now(), app.config.erase_after_months);
    let reason = reason.map(|reason| reason.as_str().to_owned());
    let closure = Closure { at: now, by: kept(by), reason };
    let payload = account_closed::Payload {
        occasion: Some(Occasion::by_landlord(now)),
        wanted_by: Some(wanted_by),
        erased_on: Some(closure.erasure(months).due_on),
    };
    let notice = Notice::to(account, Mail::AccountClosed(payload));
    app.store.deactivate(account, &closure, by, on, months, &notice).await
}

async fn stop_paperless(
    app: &App,
    account: &Account,
    by: &By,
    reason: Option<&Message>,
    link: Option<&Link<AgencyRequest>>,
) -> Result<Write, Error> {
    let paper = Paperless {
        caller: (!matches!(by, By::AgencyLink)).then(|| kept(by)),
        reason: reason.map(|reason| reason.as_str().to_owned()),
        ..Paperless::stopped_by_agency(app.clock.now())
    };
    let notice = Notice::to(account, Mail::PaperlessStopped(paperless_stopped::Payload {}));
    app.store.stop_paperless(account, &paper, by, link, &notice).await
}

/// Who decided, as it is kept with the account. The tenant's export shows it, so a member of staff is
/// not named there.
fn kept(by: &By) -> String {
    match by {
        By::Staff { subject, .. } => format!("staff:{subject}"),
        by => by.to_string(),
    }
}
