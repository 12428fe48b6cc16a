//! What each role may do, and whose households a person may see: cell by cell, for every operation
//! of staff. `docs/ROLES.md` is the table that follows from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, registration, token_in};

const MARTIN: Household = Household::MARTIN;
const ROLES: [&str; 3] = ["reader", "agent", "supervisor"];
/// A lease of the agency of `agent-of-one-agency`, and one of another.
const OWN: &str = "70000001";
const OTHERS: &str = "70000002";

/// The operations that need a session of staff, as the document of the API says.
fn operations() -> Vec<String> {
    let document: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let of_staff = operations.filter(|operation| operation["security"][0]["staff"].is_array());
    of_staff.map(|operation| operation["operationId"].as_str().unwrap().to_owned()).collect()
}

/// Calls `operation` about `lease` and `id`, a request or an import.
async fn call(browser: &Browser, operation: &str, lease: &str, id: &str) -> Answer {
    let household = |what: &str| format!("/api/staff/households/{lease}{what}");
    let file = "lease,last_name,first_name,agency_name,agency_email,ends_on\n";
    let post = async |path: &str, body: Value| browser.staff_send(Method::POST, path, &body).await;
    let send = async |path: &str| {
        let request = browser.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        browser.keep(request.header("content-type", "text/csv").body(file)).await
    };
    match operation {
        "show-staff" => browser.staff_get("/api/staff/session").await,
        "search-households" => browser.staff_get(&format!("/api/staff/households?q={lease}")).await,
        "show-household" => browser.staff_get(&household("")).await,
        "list-open-requests" => browser.staff_get("/api/staff/requests").await,
        "settle-request" => {
            post(&format!("/api/staff/requests/{id}"), json!({"answer": "done"})).await
        }
        "send-again" => post(&household("/mails"), json!({"mail": "activation"})).await,
        "lift-stop" => post(&household("/mail-permission"), json!({})).await,
        "close-household" => post(&household("/closure"), json!({"reason": "Parti"})).await,
        "preview-import" => send("/api/staff/imports").await,
        "apply-import" => send(&format!("/api/staff/imports/{id}")).await,
        "list-imports" => browser.staff_get("/api/staff/imports").await,
        other => panic!("{other}: say here how it is called"),
    }
}

/// The kinds of rows that a function has used since the calls were forgotten.
async fn rows_of(portal: &Portal, function: &str) -> Vec<String> {
    let calls = portal.requests_of(function).await;
    let items = calls.iter().flat_map(|call| call["items"].as_array().cloned().unwrap_or_default());
    items.filter_map(|item| item["key"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn each_role_may_do_what_the_table_says_and_who_may_not_is_refused_before_anything_is_read() {
    let portal = Portal::open().await;
    let nobody = "AAAAAAAAAAAAAAAAAAAAAA";
    let mut table: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for role in ROLES {
        let browser = portal.browser();
        browser.sign_in_as_staff(role).await;
        for operation in operations() {
            portal.forget_requests().await;
            // Of the lease nothing is done: it does not exist.
            let answer = call(&browser, &operation, "99999999", nobody).await;
            let status = answer.status.as_u16();
            assert!(![401, 500, 503].contains(&status), "{role}, {operation}: {status}");
            let is_refused = status == 403;
            if is_refused {
                answer.expect_problem(403, "forbidden");
                let rows = rows_of(&portal, &operation).await;
                assert!(rows.iter().all(|row| row == "staff#"), "{role}, {operation}: {rows:?}");
            }
            table.entry(operation).or_default().push(!is_refused);
        }
    }
    expect_file(&page(&table));
}

#[tokio::test]
async fn without_a_session_of_staff_nothing_is_answered() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&MARTIN).await;
    let nobody = portal.browser();
    for operation in operations() {
        for browser in [&tenant, &nobody] {
            let answer = call(browser, &operation, MARTIN.lease, "AAAAAAAAAAAAAAAAAAAAAA").await;
            answer.expect_problem(401, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn a_household_of_another_agency_is_answered_as_one_that_does_not_exist() {
    let portal = Portal::open().await;
    let row = |lease: &str, agency: &str| format!("{lease},Petit,Anne,{agency},a@b.example,,,");
    portal.import(&[row(OWN, "Agence de Lyon Part-Dieu"), row(OTHERS, "Agence de Lille")]).await;
    let browser = portal.browser();
    browser.sign_in_as_staff("agent-of-one-agency").await;
    let of_all = portal.browser();
    of_all.sign_in_as_staff("agent").await;

    for operation in ["show-household", "send-again", "lift-stop"] {
        let others = call(&browser, operation, OTHERS, "").await;
        let unknown = call(&browser, operation, "99999999", "").await;
        assert_eq!((others.status, &others.body), (unknown.status, &unknown.body), "{operation}");
        others.expect_problem(404, "not_found");
    }
    let found = |answer: Answer| answer.expect_status(200).json["households"].clone();
    assert_eq!(found(call(&browser, "search-households", OTHERS, "").await), json!([]));
    assert_eq!(found(call(&of_all, "search-households", OTHERS, "").await)[0]["lease"], OTHERS);
    let own = call(&browser, "show-household", OWN, "").await;
    assert_eq!(own.expect_status(200).json["lease"]["reference"], OWN);
}

#[tokio::test]
async fn a_link_and_a_password_of_a_tenant_are_of_no_use_to_staff_and_theirs_of_none_to_tenants() {
    let portal = Portal::open().await;
    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;

    // No route of staff takes a password or a token.
    for operation in operations() {
        let answer = call(&staff, &operation, MARTIN.lease, "x").await;
        assert!(!answer.body.contains("token") && !answer.body.contains("argon2"), "{operation}");
    }
    portal.browser().post("/api/registrations", &registration(&MARTIN)).await.expect_status(202);
    let token = token_in(&portal.mail_to(MARTIN.email, 1).await).unwrap();
    let shown = call(&staff, "show-household", MARTIN.lease, "").await.expect_status(200);
    assert!(!shown.body.contains(&token), "{}", shown.body);
    // A session of staff activates nothing without the password, and is no tenant's.
    let activated = staff.activate(&token).await;
    activated.expect_faults(&[("password", "required")]);
    staff.account().await.expect_problem(401, "unauthenticated");
}

fn page(table: &BTreeMap<String, Vec<bool>>) -> String {
    let mut page = String::from(HEAD);
    for (operation, cells) in table {
        let cell = |may: &bool| if *may { "yes" } else { "no" };
        let cells: Vec<&str> = cells.iter().map(cell).collect();
        let _ = writeln!(page, "| `{operation}` | {} |", cells.join(" | "));
    }
    page
}

const HEAD: &str = "\
# What staff may do

The landlord's identity provider says which role and which agencies a person has
([infra/STAFF.md](../infra/STAFF.md)). `shared/src/domain/staff.rs` says what a role may do. Who may not is refused
before anything but the session is read.

This table is what the journeys in `tests/journeys/staff_roles.rs` found. After a change:
`UPDATE=1 cargo test --locked --workspace --test journeys -- each_role_may_do`.

| household | an operation that names it |
|---|---|
| of an agency in the person's claim, or the claim is `*` | is done |
| of another agency | 404, as if it did not exist; a search finds nothing |
| unknown | 404 |

| operation | reader | agent | supervisor |
|---|---|---|---|
";

#[expect(clippy::disallowed_methods, reason = "UPDATE=1 writes the file instead of comparing it")]
fn expect_file(expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ROLES.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, expected).unwrap();
        return;
    }
    let found = fs::read_to_string(file).unwrap_or_default();
    assert!(found == expected, "docs/ROLES.md is not what the journeys show: see its head");
}
