//! Finds households for a member of staff.

use jiff::civil::Date;
use serde::Serialize;
use shared::app::App;
use shared::domain::{
    Contact, FieldCode, Lease, LeaseReference, ListedName, Name, Search, StaffAct,
};
use shared::error::{Error, Problem};
use shared::http::operation::{
    Body, Group, Operation, Parameter, Route, Schema, Success, list, object, one_of, optional,
    required, text, words,
};
use shared::http::{Call, FromCall, Function, Reply, Staff, staff};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "By the reference of a lease, by the address that an account signs in with, or by the \
    beginning of a last name, compared as names are at registration. A first name may follow the last \
    name, after a comma or a space. One letter finds the names of one letter. Households of agencies \
    that the caller may not see are not found. A page may have fewer households than 50, or none, and \
    yet have a next one.",
    group: Group::Staff,
    route: Route::get("/api/staff/households"),
    parameters: &[
        Parameter::in_query(
            "q",
            text("A reference, an address, or the beginning of a name; required", "martin, cam"),
        ),
        Parameter::in_query("after", text("The `next` of the page before", "bJ0cx7Tq2Q")),
    ],
    body: Body::None,
    successes: &[Success::ok("The households found", HOUSEHOLDS)],
    problems: &[(Problem::InvalidFields, "What `q` is not, or an `after` of another search")],
};

const HOUSEHOLDS: Schema = object(
    "A page of households",
    &[
        required("households", list("By name, at most 50", &HOUSEHOLD)),
        optional("next", text("Given as `after` for the next page", "bJ0cx7Tq2Q")),
    ],
);

const HOUSEHOLD: Schema = object(
    "A household",
    &[
        required("lease", words::LEASE),
        required("last_name", text("The main signatory’s last name", "Martin")),
        optional("first_name", text("The main signatory’s first name", "Camille")),
        required("agency", words::CONTACT),
        optional("ends_on", words::DATE.saying("The day on which the lease ends")),
        required("account", one_of("The account of the lease", &["none", "active", "deactivated"])),
    ],
)
.named("HouseholdFound");

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    staff(&OPERATION, StaffAct::SearchHouseholds, handle)
}

/// What is searched for, and after which page.
#[derive(Debug)]
pub struct Request {
    search: Search,
    after: Option<String>,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let typed = call.query_parameter("q").unwrap_or_default();
        let search = Search::try_from(typed).map_err(|code| Error::field("q", code))?;
        let after = call.query_parameter("after").filter(|after| !after.is_empty());
        Ok(Self { search, after })
    }
}

#[derive(Serialize)]
struct Found {
    households: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    lease: LeaseReference,
    last_name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<Name>,
    agency: Contact,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_on: Option<Date>,
    account: Status,
}

/// The account of a lease.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    None,
    Active,
    Deactivated,
}

/// Finds households by reference, address or name. What the caller's agencies do not cover is not
/// found.
async fn handle(app: App, staff: Staff, request: Request) -> Result<Reply, Error> {
    let (leases, next) = match &request.search {
        Search::Reference(reference) => {
            (found(&staff, app.store.find_lease(reference).await?), None)
        }
        Search::Address(email) => {
            let account = app.store.find_owner(email).await?;
            let lease = match account {
                Some(account) => app.store.find_lease(&account.lease).await?,
                None => None,
            };
            (found(&staff, lease), None)
        }
        Search::Name(meanings) => by_name(&app, &staff, meanings, request.after.as_deref()).await?,
    };
    Reply::ok(&Found { households: leases.into_iter().map(shown).collect(), next })
}

fn found(staff: &Staff, lease: Option<Lease>) -> Vec<Lease> {
    staff.sees(lease).into_iter().collect()
}

/// A page of the first of `meanings` that finds something; after the page `after`, the next page of
/// the same.
async fn by_name(
    app: &App,
    staff: &Staff,
    meanings: &[ListedName],
    after: Option<&str>,
) -> Result<(Vec<Lease>, Option<String>), Error> {
    let agencies = &staff.member.agencies;
    for meaning in meanings {
        let place = match after {
            None => None,
            Some(after) => match app.keys.open_cursor(meaning.as_str(), after).await? {
                Some(place) => Some(place),
                // The cursor is of a page of the other meaning.
                None => continue,
            },
        };
        let page = app.store.find_leases_by_name(meaning, agencies, place).await?;
        if page.leases.is_empty() && page.next.is_none() && after.is_none() {
            continue;
        }
        let next = match page.next {
            Some(place) => Some(app.keys.seal_cursor(meaning.as_str(), &place).await?),
            None => None,
        };
        return Ok((page.leases, next));
    }
    if after.is_some() {
        return Err(Error::field("after", FieldCode::NotAllowed));
    }
    Ok((Vec::new(), None))
}

fn shown(lease: Lease) -> Shown {
    let account = match (lease.tenant, lease.last_tenant) {
        (Some(_), _) => Status::Active,
        (None, Some(_)) => Status::Deactivated,
        (None, None) => Status::None,
    };
    let terms = lease.terms;
    Shown {
        lease: terms.reference,
        last_name: terms.last_name,
        first_name: terms.first_name,
        agency: terms.agency,
        ends_on: terms.ends_on,
        account,
    }
}
