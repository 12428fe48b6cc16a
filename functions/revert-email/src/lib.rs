//! Takes an address change back.

use serde::Serialize;
use shared::app::App;
use shared::audit::By;
use shared::domain::EmailAddress;
use shared::error::Error;
use shared::http::{FollowedLink, Function, Reply, public};
use shared::links::{self, EmailChanged, Kind, PasswordReset, ResetCause, Usable};

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
async fn handle(app: App, request: FollowedLink) -> Result<Reply, Error> {
    let (app, request) = (&app, &request);
    let followed = links::follow(app, &request.token, |usable: Usable<EmailChanged>| async move {
        let account = usable.account()?;
        request.trail.act(app, By::Tenant, account.id).await;
        let email = &usable.link.payload.email;
        let payload = PasswordReset { email: email.clone(), cause: ResetCause::Reverted };
        let reset = links::new(payload, app.clock.now()).made_for(account.id, account.epoch + 1);
        let reset = (&reset, PasswordReset::MAIL);
        app.store.revert_email(&usable.link, account, email, reset).await
    });
    Reply::ok(&Reverted { email: followed.await?.link.payload.email })
}
