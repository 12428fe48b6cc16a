//! Shows staff a household: why it cannot get in, what happened to it, and what they may do.

mod known;
mod obstacle;
mod operation;
mod view;

use shared::app::App;
use shared::domain::{LeaseReference, StaffAct};
use shared::error::Error;
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};
use shared::limits;
use shared::metrics::{self, Metric};
use shared::store::Holder;

use crate::known::Known;
pub use crate::operation::OPERATION;
use crate::view::View;

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::ShowHousehold, handle)
}

/// A household, by its lease.
#[derive(Debug)]
pub struct Request {
    lease: LeaseReference,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let lease = LeaseReference::try_from(call.path_parameter("lease"));
        Ok(Self { lease: lease.map_err(|_| Error::NotFound)? })
    }
}

/// Shows the lease and the account that holds it or held it last. The look is in the audit trail and
/// is counted: more of them than the limit of an hour count in a metric, on which an alarm rests.
async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let holder = app.store.find_holder(&request.lease).await?;
    let (lease, account) = match holder {
        Some(Holder { lease, account }) => (Some(lease), account),
        None => (None, None),
    };
    let lease = staff.sees(lease)?;
    staff.looks_at(&app, &lease, account.as_ref()).await;
    let (known, too_many) = futures_util::try_join!(
        Known::read(&app, lease, account),
        limits::is_one_look_too_many(&app, &staff.member.subject),
    )?;
    metrics::count(Metric::StaffLooksBeyondLimit, too_many.into());
    Reply::ok(&View::of(&known, &staff.member, &app.config))
}
