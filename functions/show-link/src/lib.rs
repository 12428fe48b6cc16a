//! Says what a mailed link is for and whether it can be used.

use serde::Serialize;
use serde::de::IgnoredAny;
use shared::app::App;
use shared::domain::{LinkId, Purpose};
use shared::error::Error;
use shared::http::{FollowedLink, Function, Reply, public};
use shared::store::Link;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

#[derive(Serialize)]
struct Shown {
    purpose: Purpose,
    status: Status,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Valid,
    Used,
    Expired,
}

/// Looks at a link and changes nothing.
///
/// # Replies
///
/// - 200, its purpose and whether it is valid, used or expired
/// - 400 `link_invalid`
async fn handle(app: App, followed: FollowedLink) -> Result<Reply, Error> {
    let purpose = app.keys.purpose_of(&followed.token).await.ok_or(Error::LinkInvalid)?;
    let id = followed.token.id();
    let status = match app.store.link(id).await {
        Ok(link) => status(&app, id, &link).await?,
        Err(Error::LinkExpired) => Status::Expired,
        Err(error) => return Err(error),
    };
    Reply::ok(&Shown { purpose, status })
}

/// A link that was made for an account has expired once that has no more use for it.
async fn status(app: &App, id: LinkId, link: &Link<IgnoredAny>) -> Result<Status, Error> {
    if link.used_at.is_some() {
        return Ok(Status::Used);
    }
    let Some(tenant) = link.tenant else {
        return Ok(Status::Valid);
    };
    let account = app.store.find_account(tenant).await?;
    let good = account.is_some_and(|account| match link.purpose {
        Purpose::Registration => true,
        Purpose::PasswordReset | Purpose::EmailChange => Some(account.epoch) == link.epoch,
        Purpose::Revert => account.reverts_by(id),
        Purpose::AgencyRequest => account.waits_for(id),
    });
    Ok(if good { Status::Valid } else { Status::Expired })
}
