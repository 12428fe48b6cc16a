//! Leads a member of staff to the landlord's identity provider.

use shared::domain::Language;
use shared::error::{self, Error, Problem};
use shared::http::operation::{Body, Content, Group, Operation, Route, Success};
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::openid::{Refusal, ToProvider};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "A browser follows this link: OpenID Connect, authorization code with PKCE. The cookie that it \
    sets is good for 10 minutes and for the sign-in that it began.",
    group: Group::Staff,
    route: Route::get("/api/staff/sign-in"),
    parameters: &[],
    body: Body::None,
    successes: &[Success::of(
        303,
        "To the identity provider; to `/agence#unavailable` where it does not answer",
        Content::None,
    )
    .setting(&[cookies::STAFF_SIGN_IN])
    .with_headers(&[("Location", "Where to go on")])],
    problems: &[(Problem::NotFound, "Where no identity provider is configured")],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A browser that wants to sign in.
#[derive(Debug)]
pub struct Request {
    language: Language,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        Ok(Self { language: call.language() })
    }
}

async fn handle(app: ToProvider, request: Request) -> Result<Reply, Error> {
    match lead(&app, request.language).await {
        Ok((url, cookie)) => {
            Ok(Reply::see_other(&url).with_cookie(&cookies::staff_sign_in(cookie)))
        }
        Err(Error::Unavailable(cause)) => {
            tracing::error!(error = error::chain(&*cause), "the identity provider fails");
            Ok(Reply::see_other(&Refusal::Unavailable.shown_at()))
        }
        Err(error) => Err(error),
    }
}

/// Where the person signs in, and the cookie of this sign-in.
async fn lead(app: &ToProvider, language: Language) -> Result<(String, String), Error> {
    let (cookie, secrets) = app.keys.begin_staff_sign_in(app.clock.now()).await;
    Ok((app.provider.sign_in_at(secrets, language).await?, cookie))
}
