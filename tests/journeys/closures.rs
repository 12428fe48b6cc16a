//! Accounts that the agency closes.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, SIGNATURE, token_in};

const MARTIN: Household = Household::MARTIN;
const PATH: &str = "/api/agency/closures";
/// The lease that a household changes to.
const NEW_LEASE: &str = "34567890";

async fn close(portal: &Portal, body: Value) -> Answer {
    portal.agency(Method::POST, PATH, "application/json", body.to_string().into_bytes()).await
}

/// A closure of the account of [`MARTIN`].
fn closure() -> Value {
    json!({"lease": MARTIN.lease, "reason": "Demande écrite du 3 novembre."})
}

/// The paperless account of [`MARTIN`], after three mails.
async fn paperless_tenant(portal: &Portal) -> Browser {
    let browser = portal.tenant(&MARTIN).await;
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    portal.mail_to(MARTIN.email, 3).await;
    browser
}

#[tokio::test]
async fn a_closed_account_cannot_be_opened_and_the_tenant_is_told() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in_to_stay(&MARTIN).await.expect_status(200);

    let answer = close(&portal, closure()).await.expect_status(204);

    assert_eq!(answer.body, "");
    for browser in [&browser, &other] {
        browser.account().await.expect_problem(401, "unauthenticated");
        browser.refresh().await.expect_problem(401, "unauthenticated");
        browser.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    }
    let lease = portal.lease(MARTIN.lease).await.expect_status(200).json;
    assert_eq!(lease["account"]["status"], "deactivated");
    let told = portal.mail_to(MARTIN.email, 3).await;
    assert_eq!(told["tags"]["mail"], "account-closed");
    for part in ["text", "html"] {
        assert!(
            !told[part].as_str().unwrap().contains("Demande écrite"),
            "the reason is the agency's"
        );
    }
}

#[tokio::test]
async fn closing_again_changes_nothing() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    close(&portal, closure()).await.expect_status(204);

    close(&portal, closure()).await.expect_status(204);
    let more = json!({"lease": "L 1234 5678", "reason": "x", "kind": "stop-paperless"});
    close(&portal, more).await.expect_status(204);

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "account-closed"]);
}

#[tokio::test]
async fn a_closure_posted_several_times_at_once_is_done_once() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;

    let posts = (0..6).map(|_| close(&portal, closure()));
    let answers = futures_util::future::join_all(posts).await;

    for answer in answers {
        answer.expect_status(204);
    }
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "account-closed"]);
}

#[tokio::test]
async fn the_household_may_register_again_and_its_new_account_is_its_own() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let first = browser.account().await.json["id"].clone();
    close(&portal, closure()).await.expect_status(204);
    portal.mail_to(MARTIN.email, 3).await;

    browser.register(&MARTIN).await.expect_status(202);
    let token = token_in(&portal.mail_to(MARTIN.email, 4).await).unwrap();
    browser.activate(&token).await.expect_status(200);
    browser.sign_in(&MARTIN).await.expect_status(200);

    assert_ne!(browser.account().await.json["id"], first);
    assert_eq!(portal.lease(MARTIN.lease).await.json["account"]["status"], "active");
    close(&portal, closure()).await.expect_status(204);
    browser.account().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn the_agency_may_have_documents_come_by_post_again() {
    let portal = Portal::open().await;
    let browser = paperless_tenant(&portal).await;
    let paper = json!({"lease": MARTIN.lease, "reason": "Demande", "kind": "stop-paperless"});

    close(&portal, paper.clone()).await.expect_status(204);
    close(&portal, paper).await.expect_status(204);

    assert_eq!(browser.account().await.expect_status(200).json["paperless"], false);
    assert_eq!(portal.lease(MARTIN.lease).await.json["account"]["paperless"], false);
    let names = portal.mail_names_to(MARTIN.email).await;
    let expected = ["activation", "account-activated", "paperless-started", "paperless-stopped"];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_kind_may_be_spelled_out() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let body = json!({"lease": MARTIN.lease, "reason": "Départ", "kind": "close-account"});

    close(&portal, body).await.expect_status(204);

    browser.account().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_closure_without_a_lease_or_an_account_is_not_found() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    for lease in [Household::NDIAYE.lease, "99999999"] {
        for kind in ["close-account", "stop-paperless"] {
            let body = json!({"lease": lease, "reason": "Départ", "kind": kind});
            close(&portal, body).await.expect_problem(404, "not_found");
        }
    }

    browser.account().await.expect_status(200);
}

/// Imports the lease that the household changes to.
async fn with_new_lease(portal: &Portal) {
    let row = format!("{NEW_LEASE},Martin,Camille,Agence du Parc,parc@bailleur.example,,,");
    portal.import(&[row]).await.expect_status(200);
}

/// Changes the lease of the household of `browser` to [`NEW_LEASE`].
async fn move_away(browser: &Browser) {
    let body = json!({"lease": NEW_LEASE, "last_name": "Martin", "password": MARTIN.password});
    browser.send(Method::PUT, "/api/account/lease", &body).await.expect_status(200);
}

#[tokio::test]
async fn the_lease_that_a_household_moved_away_from_has_no_account() {
    let portal = Portal::open().await;
    with_new_lease(&portal).await;
    let browser = paperless_tenant(&portal).await;
    move_away(&browser).await;

    for kind in ["close-account", "stop-paperless"] {
        let body = json!({"lease": MARTIN.lease, "reason": "Départ", "kind": kind});
        close(&portal, body).await.expect_problem(404, "not_found");
    }

    let account = browser.account().await.expect_status(200).json;
    assert_eq!((&account["lease"], &account["paperless"]), (&json!(NEW_LEASE), &json!(true)));
    assert_eq!(portal.lease(MARTIN.lease).await.json["account"], Value::Null);
    let body = json!({"lease": NEW_LEASE, "reason": "Départ"});
    close(&portal, body).await.expect_status(204);
    browser.account().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_household_that_moves_while_its_old_lease_is_closed_keeps_its_account() {
    for kind in ["close-account", "stop-paperless"] {
        // The account is found by its old lease, and written or read after the change.
        let holds = [
            ("TransactWriteItems", json!({"count": 1}), 200),
            ("GetItem", json!({"count": 2, "seconds": 1}), 1_100),
        ];
        for (action, how, moves_after_ms) in holds {
            let portal = Portal::open().await;
            with_new_lease(&portal).await;
            let browser = paperless_tenant(&portal).await;
            let mut slow = how;
            for (field, value) in [
                ("service", "dynamodb"),
                ("function", "close-account"),
                ("action", action),
                ("fail", "slow"),
            ] {
                slow[field] = json!(value);
            }
            portal.set_fault(&slow).await;

            let body = json!({"lease": MARTIN.lease, "reason": "Départ", "kind": kind});
            let moving = async {
                tokio::time::sleep(Duration::from_millis(moves_after_ms)).await;
                move_away(&browser).await;
            };
            let (closed, ()) = tokio::join!(close(&portal, body), moving);

            closed.expect_problem(404, "not_found");
            let account = browser.account().await.expect_status(200).json;
            assert_eq!(account["lease"], NEW_LEASE, "{kind} {action}");
            assert_eq!(account["paperless"], true, "{kind} {action}");
            let names = portal.mail_names_to(MARTIN.email).await;
            assert_eq!(names[2..], ["paperless-started", "lease-changed"], "{kind} {action}");
        }
    }
}

#[tokio::test]
async fn missing_unknown_and_too_long_fields_are_refused() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    let faults = [("lease", "required"), ("reason", "required")];
    close(&portal, json!({})).await.expect_faults(&faults);
    for (field, value, code) in [
        ("lease", json!("12A"), "invalid_lease"),
        ("reason", json!(" "), "required"),
        ("reason", json!("é".repeat(1_001)), "too_long"),
        ("kind", json!("erase"), "not_allowed"),
        ("by", json!("moi"), "unknown_field"),
    ] {
        let mut body = closure();
        body[field] = value;
        close(&portal, body).await.expect_faults(&[(field, code)]);
    }
    let mut number = closure();
    number["lease"] = json!(12_345_678);
    close(&portal, number).await.expect_problem(400, "malformed_body");
    let text = portal.agency(Method::POST, PATH, "text/plain", closure().to_string().into_bytes());
    text.await.expect_problem(415, "unsupported_media_type");

    browser.account().await.expect_status(200);
    let mut longest = closure();
    longest["reason"] = json!("é".repeat(1_000));
    close(&portal, longest).await.expect_status(204);
}

#[tokio::test]
async fn only_a_caller_identified_by_iam_closes_an_account() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    browser.post(PATH, &closure()).await.expect_status(403);
    portal.browser().post(PATH, &closure()).await.expect_status(403);
    // Also on a route that was left unprotected.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/close-account.json");
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    event["requestContext"].as_object_mut().unwrap().remove("authorizer");
    event["headers"]["authorization"] = json!(SIGNATURE);
    let answer = portal.invoke("close-account", &event).await.expect_status(200).json;

    assert_eq!(answer["statusCode"], 403, "{answer:#}");
    let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(problem["code"], "forbidden");
    browser.account().await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_closure_that_cannot_be_written_is_not_half_done() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let fault = |fail: &str, count: Value| {
        json!({
            "service": "dynamodb", "function": "close-account", "action": "TransactWriteItems",
            "fail": fail, "count": count,
        })
    };

    portal.set_fault(&fault("down", Value::Null)).await;
    close(&portal, closure()).await.expect_problem(503, "unavailable");
    browser.account().await.expect_status(200);
    portal.set_fault(&fault("lost-answer", json!(1))).await;
    close(&portal, closure()).await.expect_status(204);

    browser.account().await.expect_problem(401, "unauthenticated");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "account-closed"]);
}
