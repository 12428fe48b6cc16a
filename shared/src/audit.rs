//! The audit trail: one structured line per act on an account, never a secret or an address.
//!
//! A handler says whom it acts on as soon as it knows ([`note`]); whatever it then answers, the
//! line is written with that outcome.

use std::cell::RefCell;
use std::fmt;

use crate::app::App;
use crate::domain::TenantId;
use crate::error::Error;

tokio::task_local! {
    static TRAIL: RefCell<Option<Trail>>;
}

/// Who acts.
#[derive(Clone, Debug)]
pub enum By {
    /// The tenant, signed in or by a mailed link.
    Tenant,
    /// A system of the agency's, by its ARN.
    Agency(String),
    /// The agency, by a mailed link.
    AgencyLink,
    /// The daily job.
    Schedule,
    /// Whatever SES reports.
    MailFeedback,
}

struct Trail {
    by: By,
    account: TenantId,
    source: String,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant => f.write_str("tenant"),
            Self::Agency(arn) => f.write_str(arn),
            Self::AgencyLink => f.write_str("agency"),
            Self::Schedule => f.write_str("schedule"),
            Self::MailFeedback => f.write_str("ses"),
        }
    }
}

/// Says that this call is an act `by` somebody on `account`, coming from `source`.
pub fn note(app: &App, by: By, account: TenantId, source: &str) {
    let source = app.keys.hash_subject(source).unwrap_or_default();
    // Outside a call there is nothing to write.
    let _ = TRAIL.try_with(|trail| *trail.borrow_mut() = Some(Trail { by, account, source }));
}

/// Writes the line of one act that is not a call of its own.
pub fn record(operation: &str, by: &By, account: TenantId, outcome: &str) {
    tracing::info!(
        audit.operation = operation,
        audit.by = %by,
        account.id = %account,
        audit.outcome = outcome,
        "audit"
    );
}

/// Runs the call of `operation`, and writes its line if it was an act on an account.
pub(crate) async fn trail<T>(
    operation: &str,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    TRAIL
        .scope(RefCell::new(None), async {
            let result = call.await;
            let outcome = result.as_ref().map_or_else(Error::code, |_| "done");
            if let Some(trail) = TRAIL.with(RefCell::take) {
                tracing::info!(
                    audit.operation = operation,
                    audit.by = %trail.by,
                    account.id = %trail.account,
                    audit.source = trail.source,
                    audit.outcome = outcome,
                    "audit"
                );
            }
            result
        })
        .await
}
