//! The daily job: warnings, deactivation and erasure of accounts whose lease has an end.

use futures_util::StreamExt;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use shared::app::Tables;
use shared::audit::{self, By};
use shared::domain::{Closure, Lease, Plan, Planned, Status, Step, TenantId, in_paris};
use shared::error::{self, Error};
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Function, event};
use shared::mail::{Mail, account_deactivated, closing_soon};
use shared::metrics::{self, Metric};
use shared::store::{Due, EndedBy, Notice};

/// The most accounts of one run, unless the event sets another number. That of the schedule has the
/// parameter `DailyJobCap`: docs/SCALE.md, "The daily job".
const CAP: usize = 20_000;
/// How many accounts are handled concurrently: at 40 ms each, 150 000 in the function's 15 minutes.
const AT_ONCE: usize = 8;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Every day: warnings 30 and 7 days before deactivation, deactivation, erasure. The time in \
    the event is the run’s present.",
    group: Group::Background,
    route: Route::Event("schedule"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::done("How many were warned, deactivated, erased")],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    event(&OPERATION, handle)
}

/// The schedule's event.
#[derive(Debug, Deserialize)]
pub struct Event {
    /// The time at which the run was due. It is the run's "now".
    time: Timestamp,
    /// Whether only to count.
    #[serde(default)]
    dry_run: bool,
    /// The most accounts to handle.
    #[serde(default)]
    cap: Option<usize>,
}

/// How many accounts a run changed, or would change, by kind. No personal data.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    dry_run: bool,
    warned: usize,
    deactivated: usize,
    erased: usize,
    replanned: usize,
    skipped: usize,
    failed: usize,
    /// Whether more accounts are due than one run handles. Then run it again.
    capped: bool,
}

/// What was done for one account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Done {
    Warned,
    Deactivated,
    Erased,
    Replanned,
    /// Another call has changed the account, or the index lagged behind. The next run looks again.
    Skipped,
}

/// Runs the due lifecycle step of each account. A step is one transaction, so a repeated or
/// interrupted run does not do it twice.
async fn handle(tables: Tables, event: Event) -> Result<Report, Error> {
    let today = in_paris(event.time);
    let cap = event.cap.unwrap_or(CAP);
    let run = Run { tables: &tables, now: event.time, today, dry: event.dry_run };
    let mut report = Report { dry_run: event.dry_run, ..Report::default() };
    let mut taken = 0;
    for step in Step::ALL {
        // Ask for one more than the run may handle, to learn whether there are more.
        let mut due = tables.store.due(step, today, cap - taken + 1).await?;
        if due.len() > cap - taken {
            report.capped = true;
            due.truncate(cap - taken);
        }
        taken += due.len();
        let run = &run;
        let acts = due.into_iter().map(|id| async move { (id, run.act(step, id).await) });
        let mut acts = futures_util::stream::iter(acts).buffer_unordered(AT_ONCE);
        while let Some((id, done)) = acts.next().await {
            report.count(id, &done, event.dry_run);
        }
    }
    tracing::info!(
        run.warned = report.warned,
        run.deactivated = report.deactivated,
        run.erased = report.erased,
        run.replanned = report.replanned,
        run.skipped = report.skipped,
        run.failed = report.failed,
        run.capped = report.capped,
        run.dry = report.dry_run,
        "accounts followed their leases"
    );
    if !event.dry_run {
        metrics::count(Metric::Erasures, report.erased);
        metrics::count(Metric::DailyJobFailures, report.failed + usize::from(report.capped));
        metrics::record(Metric::DailyJobRuns, 1);
    }
    Ok(report)
}

struct Run<'a> {
    tables: &'a Tables,
    now: Timestamp,
    today: Date,
    dry: bool,
}

impl Run<'_> {
    /// Runs `step` of the account `id`, if the step is due. The index named both.
    async fn act(&self, step: Step, id: TenantId) -> Result<Done, Error> {
        let due = self.tables.store.find_due(id).await?;
        let Some(due) = due.filter(|due| due.is_due(step, self.today)) else {
            return Ok(Done::Skipped);
        };
        match (step, due.account.status) {
            (Step::Erase, Status::Deactivated) => self.erase(&due).await,
            (Step::Erase, Status::Active) => Ok(Done::Skipped),
            _ => self.follow_lease(step, &due).await,
        }
    }

    async fn erase(&self, due: &Due) -> Result<Done, Error> {
        let done = self.dry || self.tables.store.erase(due).await?.is_done();
        Ok(if done { Done::Erased } else { Done::Skipped })
    }

    /// Reads the lease again and does what its exit date asks for.
    async fn follow_lease(&self, step: Step, due: &Due) -> Result<Done, Error> {
        let account = &due.account;
        let store = &self.tables.store;
        let lease = store.find_lease(&account.lease).await?;
        let Some(lease) = lease.filter(|lease| lease.tenant == Some(account.id)) else {
            return Ok(Done::Skipped);
        };
        let (planned, now) = (account.ends_on, lease.terms.ends_on);
        let planned = Planned::today(step, planned, now, account.warned_on, self.today);
        let (done, moved) = match planned {
            Planned::Replan(plan) => {
                (Done::Replanned, self.dry || store.plan(due, &lease, plan, None).await?.is_done())
            }
            Planned::Warn(plan) => (Done::Warned, self.dry || self.warn(due, &lease, plan).await?),
            Planned::Deactivate => (Done::Deactivated, self.dry || self.deactivate(due).await?),
        };
        Ok(if moved { done } else { Done::Skipped })
    }

    async fn warn(&self, due: &Due, lease: &Lease, plan: Plan) -> Result<bool, Error> {
        let on = plan.closes_on;
        let days = i64::from((on - self.today).get_days());
        let mail = Mail::ClosingSoon(closing_soon::Payload { on, days });
        let notice = Notice::to(&due.account, mail);
        let planned = self.tables.store.plan(due, lease, Some(plan), Some(&notice)).await?;
        Ok(planned.is_done())
    }

    async fn deactivate(&self, due: &Due) -> Result<bool, Error> {
        let account = &due.account;
        let closure = Closure { at: self.now, by: "schedule".to_owned(), reason: None };
        let (on, months) = (EndedBy::Schedule, self.tables.config.erase_after_months);
        let payload = account_deactivated::Payload {
            on: Some(self.today),
            erased_on: Some(closure.erasure(months).due_on),
        };
        let notice = Notice::to(account, Mail::AccountDeactivated(payload));
        let (store, by) = (&self.tables.store, &By::Schedule);
        let ended = store.deactivate(account, &closure, by, on, months, &notice).await?;
        Ok(ended.is_done())
    }
}

impl Report {
    fn count(&mut self, account: TenantId, done: &Result<Done, Error>, dry: bool) {
        let (counted, outcome) = match done {
            Ok(Done::Warned) => (&mut self.warned, "warned"),
            Ok(Done::Deactivated) => (&mut self.deactivated, "deactivated"),
            Ok(Done::Erased) => (&mut self.erased, "erased"),
            Ok(Done::Replanned) => (&mut self.replanned, "replanned"),
            Ok(Done::Skipped) => (&mut self.skipped, "skipped"),
            Err(error) => {
                tracing::error!(account.id = %account, error = error::chain(error), "failed");
                (&mut self.failed, "failed")
            }
        };
        *counted += 1;
        if !dry {
            audit::record(OPERATION.name, &By::Schedule, account, outcome);
        }
    }
}
