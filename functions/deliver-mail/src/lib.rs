//! Sends due mails: those from the table's stream, and those that a sweep finds.
//!
//! This function decides which mail a public operation caused, if any. The caller of that operation
//! cannot observe the decision.

mod backoff;
mod context;
mod delivery;
mod due_mail;
mod event;
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
use crate::delivery::{LONGEST_TURN, Outcome, deliver};
pub use crate::event::Event;
use crate::event::Failure;

/// How many mails of each shard a sweep reads at a time.
const PAGE: usize = 100;
/// After this many consecutive failures of SES or of a table, a sweep gives up. The next one goes
/// on.
const FAILURES_IN_A_ROW: usize = 8;
/// Time to write the result to the row, after waiting for SES.
const NOTING: SignedDuration = SignedDuration::from_secs(8);

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The stream delivers new mails at once. A sweep every minute sends the others that are due.",
    group: Group::Background,
    route: Route::Event("stream, schedule"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::done("How many were sent, refused, put off")],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    event_with_deadline(&OPERATION, handle)
}

/// The report of one run.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The records that the stream has to deliver again.
    batch_item_failures: Vec<Failure>,
    sent: usize,
    refused: usize,
    dropped: usize,
    not_due: usize,
    broken: usize,
    /// Mails put off. Each is tried again at its own time.
    failed: usize,
}

/// Sends the due mails. A mail that cannot be sent now is put off by itself. Records whose row
/// could not be claimed are delivered again by the stream.
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
    let mut deliveries = futures_util::stream::iter(deliveries).buffered(context.at_once);
    while let Some((outcome, failure)) = deliveries.next().await {
        if report.count(&outcome).is_err() {
            report.batch_item_failures.push(failure);
        }
    }
    report
}

/// Sends due mails, longest due first. The run stops by itself before Lambda's deadline.
async fn sweep(context: &Context, deadline: &Deadline) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut failures = 0;
    let mut oldest_age_s = 0;
    let one_more = LONGEST_TURN + SignedDuration::try_from(PATIENCE).unwrap_or(NOTING) + NOTING;
    let foreign = loop {
        let due = context.app.store.due_mails(PAGE).await?;
        let now = context.app.clock.now();
        let ages = due.mails.iter().map(|mail| now.duration_since(mail.created_at).as_secs());
        oldest_age_s = ages.max().unwrap_or(0).max(oldest_age_s);
        let mut claimed = 0;
        let mut waiting =
            due.mails.iter().map(|mail| deliver(context, &mail.row, WhenClaimed::Due));
        let mut under_way: FuturesUnordered<_> = waiting.by_ref().take(context.at_once).collect();
        while let Some(outcome) = under_way.next().await {
            // Rows that could not be claimed are at the head of the next page again.
            claimed += usize::from(!matches!(outcome, Ok(Outcome::AnothersOrSettled) | Err(_)));
            // A row that cannot be claimed tells nothing about SES. It must not end the run: it
            // would be at the head of the next run, too.
            if report.count(&outcome).is_ok() {
                let failed = matches!(outcome, Ok(Outcome::AllFail));
                failures = if failed { failures + 1 } else { 0 };
            }
            // A started delivery is never cut short: SES may have taken the mail, and that must be
            // written down.
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
    // A zero is recorded, too: an alarm watches that sweeps run.
    metrics::record(Metric::OldestUnsentMailAge, oldest_age_s);
    Ok(report)
}

impl Report {
    /// Counts an outcome. A failure is logged and returned as an error.
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
