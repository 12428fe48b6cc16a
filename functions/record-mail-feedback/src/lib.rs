//! Keeps what SES reports of mails: those that came back for good, those that were unwanted.

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

/// What this operation is.
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

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    event(&OPERATION, handle)
}

/// What was made of an event.
#[derive(Debug, Serialize)]
pub struct Report {
    recorded: usize,
}

/// Marks the account, or the registration, that the mail was about, where the address still is its
/// own. An address that has no mailbox is written to no more, for some time; an agency's never is
/// stopped, and rings instead. A report that comes twice changes nothing the second time.
async fn handle(tables: Tables, event: Event) -> Result<Report, Error> {
    let mut recorded = 0;
    for feedback in event.feedback() {
        recorded += keep(&tables, feedback).await?;
    }
    Ok(Report { recorded })
}

/// Keeps what is said of one mail; how many of its addresses were about a row.
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

/// Tells the operator that an agency's mail comes back, and which agency's.
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

/// Marks whatever the mail was about.
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
            // It may be marked although the answer was lost.
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
            // The lease is somebody's by now.
            Write::Done | Write::Stale | Write::Refused(_) => {}
        }
    }
    Ok(())
}
