//! The request of operations that follow a mailed link.

use super::{Call, FromCall};
use crate::audit::Trail;
use crate::domain::LinkToken;
use crate::error::Error;

/// A request that follows a mailed link.
#[derive(Debug)]
pub struct FollowedLink {
    /// The token of the link.
    pub token: LinkToken,
    /// The trail of the call.
    pub trail: Trail,
}

impl FromCall for FollowedLink {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        form.finish(|| Some(Self { token: token?, trail: call.trail() }))
    }
}
