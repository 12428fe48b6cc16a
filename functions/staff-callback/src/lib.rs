//! Signs in a member of staff who comes back from the identity provider.

use shared::audit::{By, Trail};
use shared::domain::{SessionId, SessionSecret, StaffMember, StaffSession};
use shared::error::{self, Error};
use shared::http::operation::{Body, Content, Group, Operation, Parameter, Route, Success, text};
use shared::http::{Call, FromCall, Function, Reply, cookies, public};
use shared::openid::{AGENCY_PAGE, Refusal, StaffSignIn};
use shared::random;

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The identity provider sends the browser here. The code is exchanged for an identity token, \
    which has to say who it is, that a second factor was used, the role and the agencies. The \
    session lives 8 hours, and 30 minutes without use.",
    group: Group::Staff,
    route: Route::get("/api/staff/callback"),
    parameters: &[
        Parameter::in_query("code", text("What the provider exchanges for an identity token", "c")),
        Parameter::in_query("state", text("What this sign-in was given when it began", "s")),
        Parameter::in_query("error", text("Why the provider signed nobody in", "access_denied")),
    ],
    body: Body::None,
    successes: &[Success::of(
        303,
        "To the agency's pages: `/agence` when signed in, else `/agence#` and why not: `denied`, \
         `no-role`, `second-factor`, `expired`, `unavailable`",
        Content::None,
    )
    .setting(&[cookies::STAFF, cookies::STAFF_SIGN_IN])
    .with_headers(&[("Location", "Where to go on")])],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A browser that the identity provider sends back.
#[derive(Debug)]
pub struct Request {
    code: Option<String>,
    state: String,
    /// The cookie of the sign-in that this browser began.
    began: String,
    /// The session that this browser had before.
    former: Option<(SessionId, SessionSecret)>,
    trail: Trail,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let given = |name| call.query_parameter(name).filter(|value| !value.is_empty());
        let code = given("code").filter(|_| given("error").is_none());
        let began = call.cookie(cookies::STAFF_SIGN_IN).unwrap_or_default().to_owned();
        let former = call.cookie(cookies::STAFF).and_then(cookies::read_session);
        let state = given("state").unwrap_or_default();
        Ok(Self { code, state, began, former, trail: call.trail() })
    }
}

/// Every answer leads to a page: a person looks at it.
async fn handle(app: StaffSignIn, request: Request) -> Result<Reply, Error> {
    let reply = match sign_in(&app, &request).await {
        Ok((session, secret)) => {
            Reply::see_other(AGENCY_PAGE).with_cookie(&cookies::staff(session, &secret))
        }
        Err(refusal) => {
            tracing::warn!(refusal = refusal.name(), "no member of staff is signed in");
            Reply::see_other(&refusal.shown_at())
        }
    };
    Ok(reply.with_cookie(&cookies::no_staff_sign_in()))
}

async fn sign_in(
    app: &StaffSignIn,
    request: &Request,
) -> Result<(SessionId, SessionSecret), Refusal> {
    let now = app.clock.now();
    let secrets = app.keys.open_staff_sign_in(&request.began, &request.state, now).await;
    let secrets = secrets.map_err(|error| {
        tracing::error!(error = error::chain(&error), "the sign-in cannot be checked");
        Refusal::Unavailable
    })?;
    let secrets = secrets.ok_or(Refusal::Expired)?;
    let code = request.code.clone().ok_or(Refusal::Denied)?;
    let member = app.provider.member(code, secrets).await?;
    begin(app, request, member).await.map_err(|error| {
        tracing::error!(error = error::chain(&error), "no session can be begun");
        Refusal::Unavailable
    })
}

async fn begin(
    app: &StaffSignIn,
    request: &Request,
    member: StaffMember,
) -> Result<(SessionId, SessionSecret), Error> {
    let StaffMember { subject, name, .. } = member.clone();
    request.trail.act_on_none(app, By::Staff { subject, name }).await;
    let (id, secret): (SessionId, SessionSecret) = (random::id(), random::secret());
    let session = StaffSession::begin(id, &secret, member, app.clock.now());
    app.store.begin_staff_session(&session).await?;
    if let Some((former, secret)) = &request.former {
        app.store.end_staff_session_of(*former, secret).await?;
    }
    Ok((id, secret))
}
