//! Shows the purpose and the state of a mailed link.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::{
    AgencyRequest, AgencyRequestKind, EmailAddress, LeaseReference, LinkId, LinkToken, Purpose,
    RequestState, Settlement,
};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Route, Schema, Success, object, one_of, optional, required, text,
    truth, words,
};
use shared::http::{Call, FromCall, Function, PresentedSession, Reply, cookies, public};
use shared::links::{
    EmailChange, EmailChanged, PasswordReset, Registration, State, Status, inspect,
};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Nothing is changed, so programs that scan mails do not use up links.",
    group: Group::Registration,
    route: Route::post("/api/links/show"),
    parameters: &[],
    body: Body::Json(&[required("token", words::LINK_TOKEN)]),
    successes: &[Success::ok("What the link is for and where it stands", LINK)],
    problems: &[(Problem::LinkInvalid, "")],
};

const LINK: Schema = object(
    "A mailed link",
    &[
        required("purpose", words::PURPOSE),
        required("status", one_of("Whether it can be used", &["valid", "used", "expired"])),
        optional(
            "needs_password",
            truth("Whether this browser needs the password to use it", false),
        ),
        optional(
            "email",
            words::EMAIL.saying("Of a reset that can be used: the identifier of its account"),
        ),
        optional("request", REQUEST),
        optional("settled", SETTLED),
    ],
)
.named("Link");

const REQUEST: Schema = object(
    "What the agency is asked, while the link can be used",
    &[
        required("kind", words::REQUEST_KIND),
        required("lease", words::LEASE),
        required("name", text("Who asks", "Camille Martin")),
        optional("message", words::MESSAGE.saying("What the agency is told")),
    ],
);

const SETTLED: Schema = object(
    "How the request was settled, once the link was used",
    &[
        required("state", words::REQUEST_STATE),
        required("at", words::INSTANT),
        optional("reason", words::MESSAGE.saying("Why it was refused")),
    ],
);

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// A link's token, and the cookies that its use may need.
#[derive(Debug)]
pub struct Request {
    token: LinkToken,
    registration: Option<String>,
    session: Option<PresentedSession>,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let token = form.required("token");
        let registration = call.cookie(cookies::REGISTRATION).map(str::to_owned);
        let session = PresentedSession::of(call);
        form.finish(|| Some(Self { token: token?, registration, session }))
    }
}

#[derive(Serialize)]
struct Shown {
    purpose: Purpose,
    status: Status,
    /// Whether this browser needs the password to use the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_password: Option<bool>,
    /// Whose password a reset sets. Its mail went to that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<EmailAddress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<ShownRequest>,
    /// How the request was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<Settled>,
}

/// The tenant's request.
#[derive(Serialize)]
struct ShownRequest {
    kind: AgencyRequestKind,
    lease: LeaseReference,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// How a request was settled, for an agency that opens the link again.
#[derive(Serialize)]
struct Settled {
    state: RequestState,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Settled {
    fn of(Settlement { state, at, reason }: &Settlement) -> Self {
        let reason = reason.as_ref().map(|reason| reason.as_str().to_owned());
        Self { state: *state, at: *at, reason }
    }
}

/// Shows a link without changing anything.
async fn handle(app: App, request: Request) -> Result<Reply, Error> {
    let purpose = app.keys.purpose_of(&request.token).await?.ok_or(Error::LinkInvalid)?;
    let id = request.token.id();
    let shown = |status| Shown {
        purpose,
        status,
        needs_password: None,
        email: None,
        request: None,
        settled: None,
    };
    Reply::ok(&match purpose {
        Purpose::Registration => {
            let state = inspect::<Registration>(&app, id).await?;
            let needs_password = match &state {
                State::Usable(_) => Some(!is_registrant(&app, &request, id).await?),
                State::Used(_) | State::Expired => None,
            };
            Shown { needs_password, ..shown(state.status()) }
        }
        Purpose::EmailChange => {
            let state = inspect::<EmailChange>(&app, id).await?;
            let needs_password = match &state {
                State::Usable(usable) => {
                    let signed_in = match &request.session {
                        Some(session) => session.is_of(&app, usable.account()?).await?,
                        None => false,
                    };
                    Some(!signed_in)
                }
                State::Used(_) | State::Expired => None,
            };
            Shown { needs_password, ..shown(state.status()) }
        }
        Purpose::AgencyRequest => {
            let state = inspect::<AgencyRequest>(&app, id).await?;
            let request = match &state {
                State::Usable(usable) => {
                    let AgencyRequest { kind, lease, message, .. } = usable.link.payload.clone();
                    Some(ShownRequest {
                        kind,
                        lease,
                        name: usable.account()?.full_name(),
                        message: message.map(|message| message.as_str().to_owned()),
                    })
                }
                State::Used(_) | State::Expired => None,
            };
            let settled = match &state {
                State::Used(link) => link.payload.settled.as_ref().map(Settled::of),
                State::Usable(_) | State::Expired => None,
            };
            Shown { request, settled, ..shown(state.status()) }
        }
        Purpose::PasswordReset => {
            let state = inspect::<PasswordReset>(&app, id).await?;
            let email = match &state {
                State::Usable(usable) => Some(usable.account()?.email.clone()),
                State::Used(_) | State::Expired => None,
            };
            Shown { email, ..shown(state.status()) }
        }
        Purpose::Revert => shown(inspect::<EmailChanged>(&app, id).await?.status()),
    })
}

/// Whether this browser made the registration `id`.
async fn is_registrant(app: &App, request: &Request, id: LinkId) -> Result<bool, Error> {
    match &request.registration {
        Some(sealed) => app.keys.is_registration(sealed, id).await,
        None => Ok(false),
    }
}
