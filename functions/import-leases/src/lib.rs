//! Imports leases from the landlord's system.

mod operation;

use shared::app::Tables;
use shared::audit::By;
use shared::domain::{Agencies, FieldCode};
use shared::error::Error;
use shared::http::{Call, Caller, FromCall, Function, Reply, agency};
use shared::import::{self, Import};

pub use crate::operation::OPERATION;

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    agency(&OPERATION, handle)
}

/// A file of leases, and how to import it.
#[derive(Debug)]
pub struct Request {
    import: Import,
    /// Whether to answer what would happen without writing anything.
    dry_run: bool,
    /// The number of endings that the caller confirms.
    confirmed: Option<usize>,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let not_allowed = |field| Error::field(field, FieldCode::NotAllowed);
        let dry_run = match call.query_parameter("dry_run").as_deref() {
            None | Some("false" | "0") => false,
            Some("" | "true" | "1") => true,
            Some(_) => return Err(not_allowed("dry_run")),
        };
        let confirmed = call.query_parameter("confirm").map(|number| number.parse()).transpose();
        let confirmed = confirmed.map_err(|_| not_allowed("confirm"))?;
        Ok(Self { import: Import::parse(call)?, dry_run, confirmed })
    }
}

/// Imports the good lines and reports the others. The accounts follow their leases. A file that
/// would end many accounts needs their number as confirmation.
async fn handle(tables: Tables, caller: Caller, request: Request) -> Result<Reply, Error> {
    let Request { import, dry_run, confirmed } = &request;
    let (store, now) = (&tables.store, tables.clock.now());
    let covers = Agencies::all();
    if *dry_run {
        return Reply::ok(&import.survey(store, now, &covers).await?);
    }
    if import.may_end() {
        import.survey(store, now, &covers).await?.consequences.check(*confirmed)?;
    }
    let by = By::Agency(caller.arn().to_owned());
    let mut batches = import.batches(now, &covers);
    while let Some(terms) = batches.next() {
        let note = |imported: &_, written: Result<(), &_>| {
            import::note(OPERATION.name, &by, imported, written);
        };
        let taken = store.import_leases(&terms, &covers, &by, note).await?;
        batches.count(&taken);
    }
    Reply::ok(&batches.report)
}
