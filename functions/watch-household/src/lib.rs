//! Watches that a household can register and sign in: does so itself, by the portal's public
//! address, and erases what it made.
//!
//! docs/decisions/0023-a-synthetic-household.md says what a run touches, and why it can be mistaken
//! for nobody's household.

mod context;
mod failure;
mod household;
mod visitor;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::domain::{LinkId, Purpose};
use shared::error;
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Function, event};
use shared::metrics;
use shared::store::Final;
use tokio::time::{Instant, sleep, timeout};

pub use crate::context::Context;
use crate::failure::Failure;
use crate::household::{Household, erase, take};

/// How long to wait before the state of the mail is read again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Every 5 minutes, where a parameter says so: by the portal’s public address, as a tenant. \
    An alarm of each step says which one fails.",
    group: Group::Background,
    route: Route::Event("schedule"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::done("Whether it went well; else which step failed, and why")],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    event(&OPERATION, handle)
}

/// The schedule's event. Nothing of it matters.
#[derive(Debug, Deserialize)]
pub struct Event {}

/// How a run ended. No personal data.
#[derive(Debug, Serialize)]
pub struct Report {
    outcome: Outcome,
    /// The lease that the run used.
    lease: String,
    /// The step that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Passed,
    Failed,
    /// Another run is under way with this lease, so this one has done nothing.
    AnotherRun,
}

/// A step of a run. Each has an alarm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    /// The tables: earlier runs are cleaned up, the lease is put.
    Prepare,
    /// The page and the registration.
    Register,
    /// SES takes the mail with the link.
    Mail,
    /// The link is followed.
    Activate,
    /// The sign-in, and the account that it opens.
    SignIn,
    /// The account and the lease are erased.
    Erase,
}

impl Step {
    /// The value of the metric's dimension, as `infra/synthetic.yaml` has it.
    fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Register => "register",
            Self::Mail => "mail",
            Self::Activate => "activate",
            Self::SignIn => "sign-in",
            Self::Erase => "erase",
        }
    }
}

/// A registration that waits for its link to be followed.
struct Registered {
    id: LinkId,
    /// The cookies of the browser that registered.
    cookies: String,
}

/// Runs every step until one fails. A failure is the report's, not the invocation's: Lambda would
/// repeat that.
async fn handle(context: Context, _: Event) -> Result<Report, error::Error> {
    let household = Household::draw(context.app.clock.now())?;
    let run = Run { context: &context, household: &household };
    let lease = household.lease.to_string();
    match run.steps().await {
        Ok(outcome) => {
            tracing::info!(run.outcome = ?outcome, "a synthetic household was watched");
            Ok(Report { outcome, lease, step: None, error: None })
        }
        Err((step, why)) => {
            let (name, error) = (step.name(), error::chain(&why));
            tracing::error!(run.step = name, error, "a synthetic household fails");
            // The other two have tried to erase.
            if !matches!(step, Step::Prepare | Step::Erase) {
                run.clean_up().await;
            }
            Ok(Report { outcome: Outcome::Failed, lease, step: Some(name), error: Some(error) })
        }
    }
}

struct Run<'a> {
    context: &'a Context,
    household: &'a Household,
}

impl Run<'_> {
    async fn steps(&self) -> Result<Outcome, (Step, Failure)> {
        let Self { context, household } = *self;
        if !self.step(Step::Prepare, take(context, household)).await? {
            return Ok(Outcome::AnotherRun);
        }
        let registered = self.step(Step::Register, self.register()).await?;
        self.step(Step::Mail, self.mailed(registered.id)).await?;
        self.step(Step::Activate, self.activate(&registered)).await?;
        self.step(Step::SignIn, self.sign_in()).await?;
        self.step(Step::Erase, erase(context, &household.lease)).await?;
        Ok(Outcome::Passed)
    }

    /// Does `work`, which is `step`, within its time, and records how it ended.
    async fn step<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, (Step, Failure)> {
        let within = if step == Step::Mail { self.context.mail } else { self.context.step };
        let began = Instant::now();
        let late = || Err(Failure::Late(within.as_secs()));
        let done = if matches!(step, Step::Prepare | Step::Erase) {
            // Not cut short, because a line of the audit trail follows the write. Each call to a table
            // ends by itself.
            let done = work.await;
            if done.is_ok() && began.elapsed() > within { late() } else { done }
        } else {
            timeout(within, work).await.unwrap_or_else(|_| late())
        };
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(run.step = step.name(), duration_ms, failed = done.is_err(), "step");
        metrics::step_ended(step.name(), done.is_err());
        done.map_err(|failure| (step, failure))
    }

    /// Erases what a failed run has made. What is left is the next run's with this lease.
    async fn clean_up(&self) {
        if let Err(failure) = erase(self.context, &self.household.lease).await {
            let error = error::chain(&failure);
            tracing::warn!(error, "a synthetic household is left for a later run");
        }
    }

    async fn register(&self) -> Result<Registered, Failure> {
        let Self { context, household } = *self;
        context.visitor.read("/").await?;
        let path = "/api/registrations";
        let body = json!({
            "lease": household.lease,
            "last_name": household.last_name,
            "email": household.email,
            "password": household.password,
            "terms": context.app.config.terms_version,
        });
        let answer = context.visitor.post(path, &body, None, 202).await?;
        let reference = answer.text("registration")?;
        let id = context.app.keys.open_registration_reference(reference).await;
        let id = id?.ok_or(Failure::Wrong { path, what: "a registration that is not ours" })?;
        Ok(Registered { id, cookies: answer.cookies() })
    }

    /// Waits until SES has taken the mail of the registration `id`.
    async fn mailed(&self, id: LinkId) -> Result<(), Failure> {
        let store = &self.context.app.store;
        loop {
            let mail = store.find_mail_of(Purpose::Registration, id).await?;
            match mail.ok_or(Failure::NotKept)?.settled {
                Some(Final::Sent) => return Ok(()),
                Some(end) => return Err(Failure::NotMailed(end)),
                None => sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Follows the link, as it is in the mail, in the browser that has registered.
    async fn activate(&self, registered: &Registered) -> Result<(), Failure> {
        let Self { context, household } = *self;
        let token = context.app.keys.link_token(Purpose::Registration, registered.id).await;
        let body = json!({ "token": token.reveal() });
        let cookies = Some(registered.cookies.as_str());
        let answer = context.visitor.post("/api/activations", &body, cookies, 200).await?;
        answer.expect("email", &String::from(household.email.clone()))
    }

    async fn sign_in(&self) -> Result<(), Failure> {
        let Self { context, household } = *self;
        let body = json!({ "email": household.email, "password": household.password });
        let answer = context.visitor.post("/api/sessions", &body, None, 200).await?;
        let token = answer.text("access_token")?;
        let account = context.visitor.read_as("/api/account", token).await?;
        account.expect("lease", household.lease.as_str())
    }
}
