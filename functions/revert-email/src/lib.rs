//! Takes an address change back.

use serde::Serialize;
use shared::app::App;
use shared::audit::By;
use shared::domain::EmailAddress;
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, object, required, words};
use shared::http::{FollowedLink, Function, Reply, public};
use shared::links::{self, EmailChanged, Kind, PasswordReset, ResetCause, Usable};

/// What this operation is.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The account has the address back that the link was mailed to, whatever its present \
         one is. Every session ends, the password opens nothing any more, and a link to choose \
         another is mailed. Following the link again changes nothing.",
    group: Group::Account,
    route: Route::post("/api/email-changes/revert"),
    parameters: &[],
    body: Body::Json(&[required("token", words::LINK_TOKEN)]),
    successes: &[Success::ok(
        "The address is in force again",
        object("The address in force", &[required("email", words::EMAIL)]),
    )],
    problems: &[
        (Problem::LinkInvalid, ""),
        (Problem::LinkExpired, "Also when an earlier change was taken back"),
        (Problem::EmailAlreadyUsed, "Another account has that address by now"),
    ],
};

/// What starts this function.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
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
