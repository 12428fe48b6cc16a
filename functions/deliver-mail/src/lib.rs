//! Sends the mails that are due: those the stream of the table brings, and those a sweep finds.
//!
//! Which mail a public operation has caused, or none, is found out here, out of its caller's sight.

mod compose;
mod context;
mod delivery;
mod event;
mod retry;
mod send;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::SignedDuration;
use serde::Serialize;
use shared::error::{self, Error};
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Deadline, Function, event_with_deadline};
use shared::metrics::{self, Metric};
use shared::store::{Final, WhenClaimed};

pub use crate::context::Context;
use crate::context::PATIENCE;
use crate::delivery::{Outcome, deliver};
pub use crate::event::Event;
use crate::event::Failure;

/// How many mails are under way at once.
const AT_ONCE: usize = 8;
/// How many mails of each shard a sweep looks for at a time.
const PAGE: usize = 100;
/// After how many mails in a row that failed for all a sweep gives up: the next one goes on.
const FAILURES_IN_A_ROW: usize = 8;
/// What remains of an invocation after SES was waited for: time to note what became of a mail.
const NOTING: SignedDuration = SignedDuration::from_secs(8);

/// What this operation is.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The stream brings the mails that were just written; a sweep every minute takes those \
         that are due.",
    group: Group::Background,
    route: Route::Event("stream, schedule"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::done("How many were sent, refused, put off")],
    problems: &[],
};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    event_with_deadline(&OPERATION, handle)
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
    broken: usize,
    /// Put off: each is tried again at its own time.
    failed: usize,
}

/// Sends what is due. What cannot be sent now is put off, each mail for itself. The stream brings
/// again what could not even be claimed.
async fn handle(context: Context, event: Event, deadline: Deadline) -> Result<Report, Error> {
    let report = match event {
        Event::Stream { records } => of_stream(&context, records).await,
        Event::Sweep {} => sweep(&context, &deadline).await?,
    };
    metrics::count(Metric::MailsSent, report.sent);
    metrics::count(Metric::MailsRefused, report.refused);
    metrics::count(Metric::MailsDropped, report.dropped);
    metrics::count(Metric::MailsBroken, report.broken);
    Ok(report)
}

async fn of_stream(context: &Context, records: Vec<event::Record>) -> Report {
    let mut report = Report::default();
    let rows = records.into_iter().filter_map(event::Record::insertion);
    let deliveries = rows.map(|(row, failure)| async move {
        (deliver(context, &row, WhenClaimed::New).await, failure)
    });
    let mut deliveries = futures_util::stream::iter(deliveries).buffered(AT_ONCE);
    while let Some((outcome, failure)) = deliveries.next().await {
        if report.count(&outcome).is_err() {
            report.batch_item_failures.push(failure);
        }
    }
    report
}

/// Sends the mails that are due, those due longest first. The run ends by itself before it is ended.
async fn sweep(context: &Context, deadline: &Deadline) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut failures = 0;
    let mut oldest_age_s = 0;
    let one_more = SignedDuration::try_from(PATIENCE).unwrap_or(NOTING) + NOTING;
    let foreign = loop {
        let due = context.app.store.due_mails(PAGE).await?;
        let now = context.app.clock.now();
        let ages = due.mails.iter().map(|mail| now.duration_since(mail.created_at).as_secs());
        oldest_age_s = ages.max().unwrap_or(0).max(oldest_age_s);
        let mut claimed = 0;
        let mut waiting =
            due.mails.iter().map(|mail| deliver(context, &mail.row, WhenClaimed::Due));
        let mut under_way: FuturesUnordered<_> = waiting.by_ref().take(AT_ONCE).collect();
        while let Some(outcome) = under_way.next().await {
            // What could not be claimed stands at the head of the next page, too.
            claimed += usize::from(!matches!(outcome, Ok(Outcome::AnothersOrSettled) | Err(_)));
            // A row that cannot even be claimed says nothing of SES: it ends no run, for it would be
            // at the head of the next one, too.
            if report.count(&outcome).is_ok() {
                let failed = matches!(outcome, Ok(Outcome::AllFail));
                failures = if failed { failures + 1 } else { 0 };
            }
            // What is under way is never cut short: SES may have it, and nobody would note that.
            if failures < FAILURES_IN_A_ROW && deadline.remaining() > one_more {
                under_way.extend(waiting.next());
            }
        }
        let more = due.more && claimed > 0;
        if !more || failures >= FAILURES_IN_A_ROW || deadline.remaining() <= one_more {
            break due.foreign;
        }
    };
    report.broken += foreign;
    // Zeros too: an alarm hears that the sweep is alive.
    metrics::record(Metric::OldestUnsentMailAge, oldest_age_s);
    Ok(report)
}

impl Report {
    /// Counts an outcome; a failure is logged and told.
    fn count(&mut self, outcome: &Result<Outcome, Error>) -> Result<(), ()> {
        let counted = match outcome {
            Ok(Outcome::Settled(Final::Sent)) => &mut self.sent,
            Ok(Outcome::Settled(Final::Refused)) => &mut self.refused,
            Ok(Outcome::Settled(Final::Dropped)) => &mut self.dropped,
            Ok(Outcome::Settled(Final::Broken)) => &mut self.broken,
            Ok(Outcome::Settled(Final::NotDue) | Outcome::AnothersOrSettled) => &mut self.not_due,
            Ok(Outcome::PutOff | Outcome::AllFail) => &mut self.failed,
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
