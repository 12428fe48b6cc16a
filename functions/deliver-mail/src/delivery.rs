//! The delivery of one mail.

use jiff::{SignedDuration, Span, Timestamp};
use shared::domain::{Account, LinkId};
use shared::error::{self, Error};
use shared::limits;
use shared::links::{self, Letter};
use shared::mail::{Mail, MailName, agency_request_not_delivered, agency_request_received};
use shared::metrics::{self, Metric};
use shared::store::{Claimed, Final, Notice, Permission, WhenClaimed, Write};

use crate::backoff::{LONGEST_WAIT_FOR_ALL, LONGEST_WAIT_FOR_ONE, backoff, later};
use crate::context::Context;
use crate::due_mail::{Budget, Due, compose, days_left};
use crate::send::{Answer, send};

/// How often the tenant's account is read to tell that a request reached no agency.
const ATTEMPTS_TO_TELL: u32 = 4;
/// How long a mail waits after SES did not answer.
const WAIT_AFTER_LOST_ANSWER: SignedDuration = SignedDuration::from_mins(5);
/// How long a mail waits for its turn in hand. If more wait than SES takes in this time, the mail is
/// left to a sweep. With the parameters of the template there are never so many: the stream brings
/// no further mail before those in hand are sent.
pub(crate) const LONGEST_TURN: SignedDuration = SignedDuration::from_secs(5);
/// After this many lost answers of SES, a mail counts as sent.
const LOST_ANSWERS: u32 = 3;

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// The mail has its final state.
    Settled(Final),
    /// The mail is tried again later. Only this mail failed.
    PutOff,
    /// The mail is tried again later. SES or a table fails for all mails.
    AllFail,
    /// The mail is already settled, not due yet, or claimed by another delivery.
    AnothersOrSettled,
}

/// The result of an attempt, before it is written to the row.
enum Found {
    Final(Final),
    /// The mail waits until then.
    Wait {
        until: Timestamp,
        unanswered: u32,
        admitted: bool,
        outcome: Outcome,
    },
}

/// Claims the mail in `row` and sends it, if it is due.
pub(crate) async fn deliver(
    context: &Context,
    row: &str,
    when: WhenClaimed,
) -> Result<Outcome, Error> {
    let mail = match context.app.store.claim_mail(row, when).await? {
        None => return Ok(Outcome::AnothersOrSettled),
        Some(Err(outcome)) => return Ok(Outcome::Settled(outcome)),
        Some(Ok(mail)) => mail,
    };
    let Ok(letter) = links::letter(&mail) else {
        return settle(context, &mail, None, Final::Broken).await;
    };
    let found = match attempt(context, &mail, &letter).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(error = error::chain(&error), "a mail has to wait");
            let until = backoff(context, &mail, LONGEST_WAIT_FOR_ALL);
            let queue = &mail.queue;
            let (unanswered, admitted) = (queue.unanswered, queue.admitted);
            Found::Wait { until, unanswered, admitted, outcome: Outcome::AllFail }
        }
    };
    match found {
        Found::Final(outcome) => settle(context, &mail, Some(&letter), outcome).await,
        Found::Wait { until, unanswered, admitted, outcome } => {
            let _ = context.app.store.put_off_mail(&mail, until, unanswered, admitted).await?;
            Ok(outcome)
        }
    }
}

async fn attempt(context: &Context, mail: &Claimed, letter: &Letter) -> Result<Found, Error> {
    let now = context.app.clock.now();
    let unanswered = mail.queue.unanswered;
    if unanswered >= LOST_ANSWERS {
        return Ok(Found::Final(Final::Sent));
    }
    if mail.expires_at <= now {
        return Ok(Found::Final(Final::Dropped));
    }
    let Some(due) = compose(context, mail, letter).await? else {
        return Ok(Found::Final(Final::NotDue));
    };
    if !mail.queue.admitted {
        match admit(context, mail, &due).await? {
            Permission::Granted => {}
            Permission::Denied => return Ok(Found::Final(Final::Dropped)),
            Permission::Later(until) => {
                let outcome = Outcome::PutOff;
                return Ok(Found::Wait { until, unanswered, admitted: false, outcome });
            }
        }
    }
    let due = match take_turn(context).await? {
        Turn::Now => due,
        Turn::Waited => match compose(context, mail, letter).await? {
            Some(due) => due,
            None => return Ok(Found::Final(Final::NotDue)),
        },
        Turn::None => {
            let until = later(context.app.clock.now(), LONGEST_TURN);
            let outcome = Outcome::PutOff;
            return Ok(Found::Wait { until, unanswered, admitted: true, outcome });
        }
    };
    let name = due.mail.name().as_str();
    let wait = |longest, outcome| Found::Wait {
        until: backoff(context, mail, longest),
        unanswered,
        admitted: true,
        outcome,
    };
    Ok(match send(context, mail.row(), &due).await? {
        Answer::Taken => {
            tracing::info!(mail.name = name, "sent");
            Found::Final(Final::Sent)
        }
        Answer::Refused(code) => {
            tracing::warn!(mail.name = name, error = code, "refused");
            Found::Final(Final::Refused)
        }
        Answer::Failed(code) => {
            tracing::warn!(mail.name = name, error = code, "SES takes no mail");
            wait(LONGEST_WAIT_FOR_ALL, Outcome::AllFail)
        }
        Answer::NotThisOne(code) => {
            tracing::warn!(mail.name = name, error = code, "SES does not take this mail");
            wait(LONGEST_WAIT_FOR_ONE, Outcome::PutOff)
        }
        Answer::Unanswered => {
            tracing::warn!(mail.name = name, "SES did not answer");
            match unanswered + 1 {
                LOST_ANSWERS.. => Found::Final(Final::Sent),
                unanswered => Found::Wait {
                    until: later(context.app.clock.now(), WAIT_AFTER_LOST_ANSWER),
                    unanswered,
                    admitted: true,
                    outcome: Outcome::AllFail,
                },
            }
        }
    })
}

/// A turn to send a mail, so that all that send together keep to SES's rate.
enum Turn {
    /// The mail may go.
    Now,
    /// The mail may go now. What was read of it is older than a second.
    Waited,
    /// Too many wait.
    None,
}

/// Takes a turn and waits for it.
async fn take_turn(context: &Context) -> Result<Turn, Error> {
    let Some(apart) = context.apart else { return Ok(Turn::Now) };
    let Some(wait) = context.app.store.take_turn(apart, LONGEST_TURN).await? else {
        return Ok(Turn::None);
    };
    tokio::time::sleep(wait.unsigned_abs()).await;
    Ok(if wait.as_secs() < 1 { Turn::Now } else { Turn::Waited })
}

/// Whether `due` may be sent: its budget is not used up, and its address is not stopped.
async fn admit(context: &Context, mail: &Claimed, due: &Due) -> Result<Permission, Error> {
    let (app, name) = (&context.app, due.mail.name());
    let counted = match &due.budget {
        Budget::Agency => return Ok(Permission::Granted),
        Budget::Free => true,
        Budget::OfKind => limits::may_send(app, name, &due.to, None).await?,
        Budget::OfLease(lease) => limits::may_send(app, name, &due.to, Some(lease)).await?,
    };
    if !counted {
        return Ok(Permission::Denied);
    }
    let subject = app.subjects.hash(&due.to.folded());
    app.store.may_mail(&subject, mail, Some(name).filter(|name| is_urgent(*name))).await
}

/// Whether a tenant waits for the mail or must be told. Such a mail is tried once a day even at a
/// stopped address.
fn is_urgent(name: MailName) -> bool {
    matches!(name, MailName::PasswordReset | MailName::IdentifierReminder | MailName::ClosingSoon)
        || name.is_security_notice()
}

/// Settles a mail and makes the writes that follow. `letter` is the content, if it could be read.
async fn settle(
    context: &Context,
    mail: &Claimed,
    letter: Option<&Letter>,
    outcome: Final,
) -> Result<Outcome, Error> {
    let store = &context.app.store;
    let written = match follow(context, mail, letter, outcome).await {
        Ok(written) => written,
        // SES has taken the mail: only the writes that follow are tried again.
        Err(error) if outcome == Final::Sent => {
            tracing::warn!(error = error::chain(&error), "what follows a mail has to wait");
            let until = later(context.app.clock.now(), WAIT_AFTER_LOST_ANSWER);
            let _ = store.put_off_mail(mail, until, LOST_ANSWERS, true).await?;
            return Ok(Outcome::AllFail);
        }
        Err(error) => return Err(error),
    };
    if written != Write::Done {
        let _ = store.settle_mail(mail, outcome).await?;
    }
    Ok(Outcome::Settled(outcome))
}

/// Settles a mail and makes the writes that follow, in one transaction. Stale: no writes follow.
async fn follow(
    context: &Context,
    mail: &Claimed,
    letter: Option<&Letter>,
    outcome: Final,
) -> Result<Write, Error> {
    if let Some(request) = mail.request() {
        return follow_request(context, mail, request, outcome).await;
    }
    match letter {
        Some(Letter::Notice(Notice::Settled(addressed, Mail::ClosingSoon(warning))))
            if outcome == Final::Sent =>
        {
            let store = &context.app.store;
            match store.find_account(addressed.tenant).await? {
                Some(account) if account.closes_on == Some(warning.on) => {
                    // More days than a calendar has are no days of ours.
                    let left = Span::new().try_days(days_left(context, mail, warning));
                    let warned_on = warning.on.saturating_sub(left.unwrap_or_default());
                    store.settle_warning(mail, &account, warned_on).await
                }
                _ => Ok(Write::Stale),
            }
        }
        _ => Ok(Write::Stale),
    }
}

/// Tells the tenant whether the mail with the request reached the agency.
async fn follow_request(
    context: &Context,
    mail: &Claimed,
    request: LinkId,
    outcome: Final,
) -> Result<Write, Error> {
    let store = &context.app.store;
    for attempt in 0..ATTEMPTS_TO_TELL {
        let account = match mail.tenant() {
            Some(tenant) => store.find_account(tenant).await?.filter(Account::is_active),
            None => None,
        };
        let asked = account.and_then(|account| Some((account.asked_by(request)?, account)));
        let Some((kind, account)) = asked else {
            return Ok(Write::Stale);
        };
        if outcome == Final::Sent {
            let payload = agency_request_received::Payload { kind };
            let notice = Notice::to(&account, Mail::AgencyRequestReceived(payload));
            return store.settle_delivered_request(mail, &notice).await;
        }
        if attempt == 0 {
            metrics::record(Metric::AgencyUnreachable, 1);
            let name = account.agency.name.as_str();
            tracing::error!(agency.name = name, "a request reached no agency");
        }
        let payload = agency_request_not_delivered::Payload { kind };
        let notice = Notice::to(&account, Mail::AgencyRequestNotDelivered(payload));
        let asked = (kind, request);
        let settled = store.settle_undelivered_request(mail, outcome, &account, asked, &notice);
        // The tenant may have opened another request, or the agency settled one.
        if settled.await? == Write::Done {
            return Ok(Write::Done);
        }
    }
    Ok(Write::Stale)
}
