//! A mailed link that is followed: what several operations are asked.

use super::{Call, FromCall};
use crate::domain::LinkToken;
use crate::error::Error;

/// A mailed link that is followed.
#[derive(Debug)]
pub struct FollowedLink {
    /// What the link carries.
    pub token: LinkToken,
    /// Where the call comes from.
    pub source: String,
}

impl FromCall for FollowedLink {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        form.finish(|| Some(Self { token: token?, source: call.source() }))
    }
}
