//! Takes an address change back.

use serde::Serialize;
use shared::app::App;
use shared::audit::By;
use shared::domain::EmailAddress;
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Group, Operation, Route, Success, object, required, words};
use shared::http::{FollowedLink, Function, Reply, public};
use shared::links::{self, EmailChanged, Kind, PasswordReset, ResetCause, Usable};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Restores the address that the link was mailed to. Every session ends, the password is \
    removed, and a link to choose a new one is mailed. Following the link again changes \
    nothing.",
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

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// The answer: the address that is in force again.
#[derive(Serialize)]
struct Reverted {
    email: EmailAddress,
}

/// Restores the address that the link was mailed to. The person who changed it knew the password,
/// so one transaction also ends every session, removes the password, voids the links that take
/// later changes back, and mails a link to choose a new password. Following the link again changes
/// nothing.
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
