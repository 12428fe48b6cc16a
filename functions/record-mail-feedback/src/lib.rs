//! Records the bounces and complaints that SES reports.

mod bounce;
mod event;

use serde::Serialize;
use shared::app::Tables;
use shared::audit::{self, By};
use shared::domain::{EmailAddress, LeaseReference, MailState};
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success};
use shared::http::{Function, event};
use shared::metrics::{self, Metric};
use shared::store::{About, Write};

pub use crate::event::Event;
use crate::event::Feedback;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Bounces and complaints.",
    group: Group::Background,
    route: Route::Event("events of SES"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::done("How many were recorded")],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    event(&OPERATION, handle)
}

/// The report of one run.
#[derive(Debug, Serialize)]
pub struct Report {
    recorded: usize,
}

/// Marks the account or the registration of each mail, if it still has the address. Mails to an
/// address without a mailbox are stopped for some time. An agency's address is never stopped but
/// raises an alarm. A repeated report changes nothing.
async fn handle(tables: Tables, event: Event) -> Result<Report, Error> {
    let mut recorded = 0;
    for feedback in event.feedback() {
        recorded += keep(&tables, feedback).await?;
    }
    Ok(Report { recorded })
}

/// Records the feedback on one mail. Returns for how many addresses a row was found.
async fn keep(tables: &Tables, feedback: Feedback) -> Result<usize, Error> {
    let Feedback { row, state, recipients } = feedback;
    metrics::count(
        match state {
            MailState::Bounced => Metric::MailsBounced,
            MailState::Complained => Metric::MailsComplained,
        },
        recipients.len(),
    );
    let about = match &row {
        Some(row) => tables.store.find_mail(row).await?,
        None => None,
    };
    let mut recorded = 0;
    for recipient in recipients {
        let Ok(email) = EmailAddress::try_from(recipient.address) else {
            continue;
        };
        match &about {
            Some(About::Agency(lease)) => ring(tables, lease, &email, state).await?,
            about => {
                if let Some(reason) = &recipient.no_mailbox {
                    let subject = tables.subjects.hash(&email.folded());
                    tables.store.stop_mails_to(&subject, reason).await?;
                }
                if let Some(about) = about {
                    mark(tables, about, &email, state).await?;
                }
            }
        }
        recorded += usize::from(about.is_some());
    }
    Ok(recorded)
}

/// Raises the alarm about an agency's address, and logs the agency.
async fn ring(
    tables: &Tables,
    lease: &LeaseReference,
    email: &EmailAddress,
    state: MailState,
) -> Result<(), Error> {
    let Some(lease) = tables.store.find_lease(lease).await? else {
        return Ok(());
    };
    let adviser = lease.terms.adviser.filter(|adviser| adviser.email.folded() == email.folded());
    let of_adviser = adviser.is_some();
    metrics::record(Metric::AgencyMailsBounced, 1);
    tracing::error!(
        agency.name = lease.terms.agency.name.as_str(),
        agency.adviser = of_adviser,
        mail.state = ?state,
        "an agency's mail comes back"
    );
    Ok(())
}

/// Marks the account or the lease that the mail was about.
async fn mark(
    tables: &Tables,
    about: &About,
    email: &EmailAddress,
    state: MailState,
) -> Result<(), Error> {
    let owner = match about {
        About::Account(Some(tenant)) => Some(*tenant),
        About::Account(None) | About::Registration(..) => {
            tables.store.find_credentials(email).await?.map(|credentials| credentials.tenant)
        }
        About::Agency(_) => None,
    };
    if let Some(tenant) = owner {
        let marked = tables.store.mark_account(tenant, email, state).await;
        let outcome = match &marked {
            Ok(true) => Some("done"),
            Ok(false) => None,
            // The account may be marked although the response was lost.
            Err(error) => Some(error.code()),
        };
        if let Some(outcome) = outcome {
            audit::record(OPERATION.name, &By::MailFeedback, tenant, outcome);
        }
        return marked.map(|_| ());
    }
    if let About::Registration(given, lease) = about
        && given.folded() == email.folded()
    {
        match tables.store.mark_pending(lease, state).await? {
            // The lease has an account by now.
            Write::Done | Write::Stale | Write::Refused(_) => {}
        }
    }
    Ok(())
}
