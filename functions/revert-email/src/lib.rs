//! Takes an address change back.

use serde::Serialize;
use shared::app::App;
use shared::audit::{self, By};
use shared::domain::{Account, EmailAddress, LinkId, Purpose, Status};
use shared::error::Error;
use shared::http::{FollowedLink, Function, Reply, public};
use shared::random;
use shared::store::{AddressRefused, EmailChanged, Link, PasswordResetRequest};

/// How often an account that changes under a revert is looked at again.
const ATTEMPTS: u32 = 5;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// Names the address that is in force again.
#[derive(Serialize)]
struct Reverted {
    email: EmailAddress,
}

/// Gives the account the address back that the link was mailed to, whatever its present one is.
/// Whoever changed it knew the password: in one transaction every session ends, the password opens
/// nothing any more, later changes cannot be taken back, and a link to choose a password is mailed.
/// Following the link again changes nothing.
///
/// # Replies
///
/// - 200, the address
/// - 400 `link_invalid`; 410 `link_expired`, also when an earlier change was taken back
/// - 409 `email_already_used`, when another account has that address by now
async fn handle(app: App, followed: FollowedLink) -> Result<Reply, Error> {
    let id = app.keys.open_link(Purpose::Revert, &followed.token).await?;
    for _ in 0..ATTEMPTS {
        let link: Link<EmailChanged> = app.store.link(id).await?;
        let email = link.payload.email.clone();
        if link.used_at.is_some() {
            return Reply::ok(&Reverted { email });
        }
        let Some(account) = account(&app, id, &link).await? else {
            // Unless the same link was used since it was read.
            let link: Link<EmailChanged> = app.store.link(id).await?;
            return if link.used_at.is_some() {
                Reply::ok(&Reverted { email })
            } else {
                Err(Error::LinkExpired)
            };
        };
        audit::note(&app, By::Tenant, account.id, &followed.source);
        match revert(&app, id, &account, &email).await? {
            Ok(()) => return Reply::ok(&Reverted { email }),
            Err(AddressRefused::EmailUsed) => return Err(Error::EmailAlreadyUsed),
            Err(AddressRefused::LinkUsed | AddressRefused::AccountChanged) => {}
        }
    }
    Err(Error::Unavailable("the account kept changing".into()))
}

/// The account that the link was made for, if the change can still be taken back.
async fn account(
    app: &App,
    id: LinkId,
    link: &Link<EmailChanged>,
) -> Result<Option<Account>, Error> {
    let account = match link.tenant {
        Some(tenant) => app.store.find_account(tenant).await?,
        None => None,
    };
    Ok(account
        .filter(|account| account.status == Status::Active)
        .filter(|account| account.reverts_by(id)))
}

async fn revert(
    app: &App,
    id: LinkId,
    account: &Account,
    email: &EmailAddress,
) -> Result<Result<(), AddressRefused>, Error> {
    let reset: LinkId = random::id();
    let payload = PasswordResetRequest { email: email.clone() };
    let now = app.clock.now();
    let link = Link::to_be_mailed(reset, Purpose::PasswordReset, "password-reset", payload, now)
        .made_for(account.id, account.epoch + 1);
    app.store.revert_email(id, account, email, (reset, &link)).await
}
