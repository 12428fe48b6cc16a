//! Changes an address by the link mailed to it.

use serde::Serialize;
use shared::app::App;
use shared::audit::{self, By};
use shared::domain::{Account, EmailAddress, LinkId, Purpose, Status};
use shared::error::Error;
use shared::http::{FollowedLink, Function, Reply, public};
use shared::random;
use shared::store::{AddressRefused, EmailChange, EmailChanged, Link};

/// How often an account that changes under a confirmation is looked at again.
const ATTEMPTS: u32 = 5;

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(env!("CARGO_PKG_NAME"), handle)
}

/// Names the address that is in force now.
#[derive(Serialize)]
struct Confirmed {
    email: EmailAddress,
}

/// Changes the address in one transaction: every session ends, and the old address is told, with a
/// link that takes it back. Following the link again changes nothing.
///
/// # Replies
///
/// - 200, the address
/// - 400 `link_invalid`; 410 `link_expired`
/// - 409 `email_already_used`
async fn handle(app: App, followed: FollowedLink) -> Result<Reply, Error> {
    let id = app.keys.open_link(Purpose::EmailChange, &followed.token).await?;
    for _ in 0..ATTEMPTS {
        let link: Link<EmailChange> = app.store.link(id).await?;
        let email = link.payload.email.clone();
        if link.used_at.is_some() {
            return Reply::ok(&Confirmed { email });
        }
        let Some(account) = account(&app, &link).await? else {
            // Unless the same link was used since it was read.
            let link: Link<EmailChange> = app.store.link(id).await?;
            return if link.used_at.is_some() {
                Reply::ok(&Confirmed { email })
            } else {
                Err(Error::LinkExpired)
            };
        };
        audit::note(&app, By::Tenant, account.id, &followed.source);
        match confirm(&app, id, &account, &email).await? {
            Ok(()) => return Reply::ok(&Confirmed { email }),
            Err(AddressRefused::EmailUsed) => return Err(Error::EmailAlreadyUsed),
            Err(AddressRefused::LinkUsed | AddressRefused::AccountChanged) => {}
        }
    }
    Err(Error::Unavailable("the account kept changing".into()))
}

/// The account that the link was made for, if that still is at the same epoch.
async fn account(app: &App, link: &Link<EmailChange>) -> Result<Option<Account>, Error> {
    let account = match link.tenant {
        Some(tenant) => app.store.find_account(tenant).await?,
        None => None,
    };
    Ok(account
        .filter(|account| account.status == Status::Active && link.epoch == Some(account.epoch)))
}

async fn confirm(
    app: &App,
    id: LinkId,
    account: &Account,
    email: &EmailAddress,
) -> Result<Result<(), AddressRefused>, Error> {
    let Some(credentials) = app.store.find_credentials(&account.email).await? else {
        return Ok(Err(AddressRefused::AccountChanged));
    };
    let revert: LinkId = random::id();
    let payload = EmailChanged { email: account.email.clone(), new: email.clone() };
    let now = app.clock.now();
    let link = Link::to_be_mailed(revert, Purpose::Revert, "email-changed", payload, now)
        .made_for(account.id, account.epoch + 1);
    app.store.change_email(id, account, &credentials, email, (revert, &link)).await
}
