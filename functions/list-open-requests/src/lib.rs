//! Lists the requests that wait for the agency.

use jiff::Timestamp;
use serde::Serialize;
use shared::app::App;
use shared::domain::{
    AgencyRequestKind, Contact, FieldCode, LeaseReference, LinkId, Message, Name, StaffAct,
    in_paris,
};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Parameter, Route, Schema, Success, integer, list, object, optional,
    required, text, words,
};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};
use shared::store::OpenRequest;

/// What cursors of this list are sealed for.
const LIST: &str = "requests";

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "The open requests to the agencies that the caller may see, oldest first: those of 50 \
    households a page. A household with two requests is at the place of its older one. A page may \
    have fewer, or none, and yet have a next one. A request is open for 30 days.",
    group: Group::Staff,
    route: Route::get("/api/staff/requests"),
    parameters: &[Parameter::in_query(
        "after",
        text("The `next` of the page before", "bJ0cx7Tq2Q"),
    )],
    body: Body::None,
    successes: &[Success::ok("The requests", REQUESTS)],
    problems: &[(Problem::InvalidFields, "An `after` of another list")],
};

const REQUESTS: Schema = object(
    "A page of open requests",
    &[
        required("requests", list("The oldest first", &REQUEST)),
        optional("next", text("Given as `after` for the next page", "bJ0cx7Tq2Q")),
    ],
);

const REQUEST: Schema = object(
    "A request that waits for the agency",
    &[
        required("id", text("The id of the request", "y6ktbVAC9PgyTazLNrM0DQ").matching(words::ID)),
        required("kind", words::REQUEST_KIND),
        required("lease", words::LEASE),
        required("last_name", text("The main signatory’s last name", "Martin")),
        optional("first_name", text("The main signatory’s first name", "Camille")),
        required("agency", words::CONTACT),
        optional("message", words::MESSAGE.saying("What the tenant wrote")),
        required("asked_at", words::INSTANT),
        required("waited_days", integer("Since how many days, by the date in Paris", 0)),
    ],
)
.named("OpenRequest");

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::ListOpenRequests, handle)
}

/// After which page.
#[derive(Debug)]
pub struct Request {
    after: Option<String>,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let after = call.query_parameter("after").filter(|after| !after.is_empty());
        Ok(Self { after })
    }
}

#[derive(Serialize)]
struct Page {
    requests: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    id: LinkId,
    kind: AgencyRequestKind,
    lease: LeaseReference,
    last_name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<Name>,
    agency: Contact,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    asked_at: Timestamp,
    waited_days: i32,
}

/// Lists the open requests to the caller's agencies, oldest first.
async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let place = match request.after {
        None => None,
        Some(after) => {
            let place = app.keys.open_cursor(LIST, &after).await?;
            Some(place.ok_or_else(|| Error::field("after", FieldCode::NotAllowed))?)
        }
    };
    let page = app.store.open_requests(&staff.member.agencies, place).await?;
    let next = match page.next {
        Some(place) => Some(app.keys.seal_cursor(LIST, &place).await?),
        None => None,
    };
    let now = app.clock.now();
    let requests = page.requests.into_iter().map(|request| shown(request, now)).collect();
    Reply::ok(&Page { requests, next })
}

fn shown(request: OpenRequest, now: Timestamp) -> Shown {
    let OpenRequest { id, kind, asked_at, message, account } = request;
    Shown {
        id,
        kind,
        lease: account.lease,
        last_name: account.last_name,
        first_name: account.first_name,
        agency: account.agency,
        message,
        asked_at,
        waited_days: (in_paris(now) - in_paris(asked_at)).get_days(),
    }
}
