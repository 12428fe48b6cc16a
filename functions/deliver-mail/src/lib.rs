//! Sends the mails that are due: those the stream of the table brings, and those a sweep finds.
//!
//! Which mail a public operation has caused, or none, is found out here, out of its caller's sight.

mod compose;
mod context;
mod event;

use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag,
};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;
use shared::domain::EmailAddress;
use shared::error::{self, Error};
use shared::http::{Function, event};
use shared::metrics::{self, Metric};
use shared::throttle;

use crate::compose::{Due, compose};
pub use crate::context::Context;
pub use crate::event::Event;
use crate::event::Failure;

/// How many mails are under way at once.
const AT_ONCE: usize = 8;
/// How many mails of each shard one sweep takes at most.
const SWEPT: i32 = 100;
/// After how many failures in a row a sweep gives up: SES is down, the next one goes on.
const PATIENCE: usize = 8;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    event(handle)
}

/// What one run did.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The records the stream is to bring again.
    batch_item_failures: Vec<Failure>,
    sent: usize,
    refused: usize,
    dropped: usize,
    not_due: usize,
    failed: usize,
}

/// What became of one mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    /// SES has it.
    Sent,
    /// SES will never take it.
    Refused,
    /// It expired unsent, or its address has had enough mails.
    Dropped,
    /// There was none to send.
    NotDue,
}

/// Sends what is due. What cannot be sent now is reported to the stream, or left to the next sweep.
async fn handle(context: Context, event: Event) -> Result<Report, Error> {
    let report = match event {
        Event::Stream { records } => {
            let rows = records.into_iter().filter_map(event::Record::insertion);
            let mut report = Report::default();
            let context = &context;
            let deliveries =
                rows.map(|(row, failure)| async move { (deliver(context, &row).await, failure) });
            let mut deliveries = futures_util::stream::iter(deliveries).buffered(AT_ONCE);
            while let Some((outcome, failure)) = deliveries.next().await {
                if report.count(&outcome).is_err() {
                    report.batch_item_failures.push(failure);
                }
            }
            report
        }
        Event::Sweep {} => sweep(&context).await?,
    };
    metrics::count(Metric::MailsSent, report.sent);
    metrics::count(Metric::MailsRefused, report.refused);
    metrics::count(Metric::MailsDropped, report.dropped);
    Ok(report)
}

/// Sends the mails that the stream has not brought through.
async fn sweep(context: &Context) -> Result<Report, Error> {
    let now = context.app.clock.now();
    let before = now.saturating_sub(context.grace).unwrap_or(now);
    let unsent = context.app.store.unsent_letters(before, SWEPT).await?;
    // Zeros too: an alarm hears that the sweep is alive.
    let age_s = unsent.first().map_or(0, |(_, oldest)| now.duration_since(*oldest).as_secs());
    metrics::record(Metric::OldestUnsentMailAge, age_s);
    if !unsent.is_empty() {
        tracing::info!(mail.unsent = unsent.len(), mail.oldest_age_s = age_s, "swept");
    }
    let mut report = Report::default();
    let mut failures = 0;
    let mut waiting = unsent.iter().map(|(row, _)| deliver(context, row));
    let mut under_way: FuturesUnordered<_> = waiting.by_ref().take(AT_ONCE).collect();
    while let Some(outcome) = under_way.next().await {
        failures = if report.count(&outcome).is_err() { failures + 1 } else { 0 };
        // What is under way is never cut short: SES may have it, and nobody would note that.
        if failures < PATIENCE {
            under_way.extend(waiting.next());
        }
    }
    Ok(report)
}

/// Sends the mail in `row`, if it is due.
async fn deliver(context: &Context, row: &str) -> Result<Outcome, Error> {
    let store = &context.app.store;
    let Some(letter) = store.claim_letter(row).await? else {
        return Ok(Outcome::NotDue);
    };
    let outcome = if letter.expires_at <= context.app.clock.now() {
        Outcome::Dropped
    } else {
        let attempt = match compose(context, &letter.kind).await {
            Ok(Some(due)) => send(context, row, &due, letter.counted).await,
            Ok(None) => Ok(Outcome::NotDue),
            Err(error) => Err(error),
        };
        match attempt {
            Ok(outcome) => outcome,
            Err(error) => {
                store.release_letter(row).await?;
                return Err(error);
            }
        }
    };
    store.settle_letter(row, outcome.attribute()).await?;
    Ok(outcome)
}

/// Hands a mail to SES, unless an outsider has caused too many to its address.
async fn send(context: &Context, row: &str, due: &Due, counted: bool) -> Result<Outcome, Error> {
    let recipients = reachable(context, due).await?;
    let Some((to, in_copy)) = recipients.split_first() else {
        if due.name == compose::AGENCY_REQUEST {
            // The tenant was told that it is on its way: somebody has to know.
            metrics::record(Metric::AgencyUnreachable, 1);
        }
        return Ok(Outcome::Dropped);
    };
    if due.outsider && !counted && !throttle::may_send(&context.app, &due.to).await? {
        return Ok(Outcome::Dropped);
    }
    let message = content(due)?;
    let destination = Destination::builder()
        .to_addresses(to.deliverable())
        .set_cc_addresses(Some(in_copy.iter().map(|copy| copy.deliverable()).collect()))
        .build();
    let sent = context
        .ses
        .send_email()
        .from_email_address(&context.from)
        .destination(destination)
        .content(EmailContent::builder().simple(message).build())
        .set_configuration_set_name(context.configuration_set.clone())
        .email_tags(tag("row", &row.replace('#', "."))?)
        .email_tags(tag("mail", due.name)?)
        .send()
        .await;
    match sent {
        Ok(_) => {
            tracing::info!(mail.name = due.name, "sent");
            Ok(Outcome::Sent)
        }
        Err(error) if is_final(&error) => {
            // What SES says beside may hold the address.
            tracing::warn!(mail.name = due.name, error = error.code(), "refused");
            Ok(Outcome::Refused)
        }
        Err(error) => Err(Error::Unavailable(error.into())),
    }
}

/// Those of its recipients whose mails do not come back for good.
async fn reachable<'a>(context: &Context, due: &'a Due) -> Result<Vec<&'a EmailAddress>, Error> {
    let mut reachable = Vec::new();
    for recipient in std::iter::once(&due.to).chain(&due.copy) {
        let subject = context.app.keys.hash_subject(&recipient.folded())?;
        if !context.app.store.mails_are_stopped(&subject).await? {
            reachable.push(recipient);
        }
    }
    Ok(reachable)
}

/// Whether SES would refuse the same mail again. A suspended account, a sender that is not verified
/// yet, a missing configuration set are the operator's to mend: the mail waits.
fn is_final(error: &SdkError<SendEmailError>) -> bool {
    match error.code() {
        // "Email address is not verified. The following identities failed the check in region …"
        Some("MessageRejected") => {
            !error.message().is_some_and(|message| message.contains("not verified"))
        }
        Some("BadRequestException") => true,
        _ => false,
    }
}

fn content(due: &Due) -> Result<Message, Error> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build().map_err(broken);
    let body =
        Body::builder().text(utf8(&due.message.text())?).html(utf8(&due.message.html())?).build();
    // RFC 3834: no out-of-office answer comes back.
    let automatic = MessageHeader::builder()
        .name("Auto-Submitted")
        .value("auto-generated")
        .build()
        .map_err(broken)?;
    Ok(Message::builder()
        .subject(utf8(due.message.subject())?)
        .body(body)
        .headers(automatic)
        .build())
}

fn tag(name: &str, value: &str) -> Result<MessageTag, Error> {
    MessageTag::builder().name(name).value(value).build().map_err(broken)
}

fn broken(error: aws_sdk_sesv2::error::BuildError) -> Error {
    Error::Unavailable(error.into())
}

impl Outcome {
    /// The attribute of the row that says when it came to this.
    fn attribute(self) -> &'static str {
        match self {
            Self::Sent => "sent_at",
            Self::Refused => "refused_at",
            Self::Dropped => "dropped_at",
            Self::NotDue => "not_due_at",
        }
    }
}

impl Report {
    /// Counts an outcome; a failure is logged and told.
    fn count(&mut self, outcome: &Result<Outcome, Error>) -> Result<(), ()> {
        let counted = match outcome {
            Ok(Outcome::Sent) => &mut self.sent,
            Ok(Outcome::Refused) => &mut self.refused,
            Ok(Outcome::Dropped) => &mut self.dropped,
            Ok(Outcome::NotDue) => &mut self.not_due,
            Err(error) => {
                tracing::warn!(error = error::chain(error), "a mail has to wait");
                self.failed += 1;
                return Err(());
            }
        };
        *counted += 1;
        Ok(())
    }
}
