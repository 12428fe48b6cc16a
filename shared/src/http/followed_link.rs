//! A mailed link that is followed: what several operations are asked.

use super::{Call, FromCall};
use crate::audit::Trail;
use crate::domain::LinkToken;
use crate::error::Error;

/// A mailed link that is followed.
#[derive(Debug)]
pub struct FollowedLink {
    /// What the link carries.
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
