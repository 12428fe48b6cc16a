//! Refusals that all operations of a kind have in common.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Documented, Household, Portal, documented, token_in};

use crate::prepared::{AT_ONCE, prepare};

const MARTIN: Household = Household::MARTIN;
/// The sample event of a function.
fn sample(function: &str) -> Value {
    let path = format!("{}/../events/{function}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn every_operation_of_the_account_needs_its_session() {
    let portal = Portal::open().await;
    let stranger = portal.browser();
    let garbled = portal.browser();
    garbled.set_access_token("no.token.this");
    let ended = portal.tenant(&MARTIN).await;
    ended.sign_out().await.expect_status(204);

    let of_the_account = documented().iter().filter(|it| it.is_guarded_by("access_token"));
    for operation in of_the_account {
        let path = operation.example_path();
        for browser in [&stranger, &garbled, &ended] {
            // Without a session, the answer tells nothing about the body.
            let answer = browser.send(operation.method.clone(), &path, &json!({"x": 1})).await;
            answer.expect_problem(401, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn every_operation_of_the_agency_trusts_iam_alone() {
    let portal = Portal::open().await;

    for operation in documented().iter().filter(|it| it.is_guarded_by("iam")) {
        let function = operation.name;
        let mut event = sample(function);
        event["requestContext"].as_object_mut().unwrap().remove("authorizer").unwrap();
        let answer = portal.invoke(function, &event).await.expect_status(200).json;

        assert_eq!(answer["statusCode"], 403, "{function}: {answer:#}");
        let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(problem["code"], "forbidden", "{function}");
    }
}

#[tokio::test]
async fn every_operation_of_staff_needs_their_session_and_a_page_of_ours() {
    let portal = Portal::open().await;
    let stranger = portal.tenant(&MARTIN).await;
    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;

    // Signing in and out needs no session.
    let others = documented().iter().filter(|it| it.is_guarded_by("staff"));
    for operation in others.filter(|it| !it.name.starts_with("staff-")) {
        let path = operation.example_path();
        let body = json!({"x": 1});
        // Without a session, the answer tells nothing about the body.
        let answer = stranger.staff_send(operation.method.clone(), &path, &body).await;
        answer.expect_problem(401, "unauthenticated");
        let answer = staff.send(operation.method.clone(), &path, &body).await;
        answer.expect_problem(403, "forbidden");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn every_operation_of_staff_keeps_their_session() {
    let portal = Portal::open().await;
    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;

    // A session ends 30 minutes after its last use.
    let others = documented().iter().filter(|it| it.is_guarded_by("staff"));
    for operation in others.filter(|it| !it.name.starts_with("staff-")) {
        portal.advance("PT20M").await;
        let path = operation.example_path();
        let answer = staff.staff_send(operation.method.clone(), &path, &json!({"x": 1})).await;
        assert_ne!(answer.status, 401, "{}: {}", operation.name, answer.body);
    }
}

#[tokio::test]
async fn the_present_password_is_never_the_new_one() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let changed = Household { password: "sept oies grises 7", ..MARTIN };
    // The same password, composed differently.
    let accented = Household { password: "e\u{301}te\u{301} 2031 a\u{300} la mer", ..MARTIN };
    let change = async |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        browser.send(Method::PUT, "/api/account/password", &body).await
    };

    let answer = change(MARTIN.password, MARTIN.password).await;
    answer.expect_faults(&[("new_password", "password_unchanged")]);
    // The answer must not reveal the present password to somebody who does not know it.
    let answer = change("pas le bon 0", MARTIN.password).await;
    answer.expect_faults(&[("current_password", "wrong_password")]);
    change(MARTIN.password, accented.password).await.expect_status(204);
    let answer = change(accented.password, "été 2031 à la mer").await;
    answer.expect_faults(&[("new_password", "password_unchanged")]);
    let told = portal.mail_to(MARTIN.email, 3).await;
    assert_eq!(told["tags"]["mail"], "password-changed");

    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    let token = token_in(&portal.mail_to(MARTIN.email, 4).await).unwrap();
    let reset = async |password: &str| {
        let body = json!({"token": token, "password": password});
        portal.browser().post("/api/password-resets/confirm", &body).await
    };
    for same in [accented.password, "été 2031 à la mer"] {
        reset(same).await.expect_faults(&[("password", "password_unchanged")]);
    }
    // The link and the session are unchanged.
    browser.account().await.expect_status(200);
    reset(changed.password).await.expect_status(204);
    portal.browser().sign_in(&changed).await.expect_status(200);
}

#[tokio::test]
async fn a_file_that_is_not_the_base64_that_its_event_says_is_refused() {
    for operation in ["import-leases", "preview-import", "apply-import"] {
        let mut event = sample(operation);
        let portal = prepare(operation, &mut event).await;
        event["isBase64Encoded"] = json!(true);
        event["body"] = json!("bail;nom");

        let answer = portal.invoke(operation, &event).await.expect_status(200).json;

        assert_eq!(answer["statusCode"], 400, "{operation}: {answer}");
        let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(problem["code"], "malformed_body", "{operation}: {problem}");
    }
}

#[tokio::test]
async fn every_body_is_an_object_in_json_of_at_most_sixteen_kibibytes() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    browser.sign_in_as_staff("supervisor").await;
    let system = portal.browser();
    let send = async |operation: &Documented, media_type: &str, body: String| {
        let is_the_agencys = operation.is_guarded_by("iam");
        let sender = if is_the_agencys { &system } else { &browser };
        let request = sender.request(operation.method.clone(), &operation.example_path());
        let request = request.header("content-type", media_type).body(body);
        let request = request.header("sec-fetch-site", "same-origin");
        if is_the_agencys { portal.as_agency(request).await } else { browser.keep(request).await }
    };

    for operation in documented().iter().filter(|operation| operation.reads_json()) {
        for body in ["", "x", "[]", "\"x\"", "{\"token\": 1", "null"] {
            let answer = send(operation, "application/json", body.to_owned()).await;
            answer.expect_problem(400, "malformed_body");
        }
        let large = format!("{{}}{}", " ".repeat(16 * 1024));
        let answer = send(operation, "application/json; charset=utf-8", large).await;
        answer.expect_problem(413, "payload_too_large");
        for media_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let answer = send(operation, media_type, "{}".to_owned()).await;
            answer.expect_problem(415, "unsupported_media_type");
        }
        let body = json!({"zz": 1}).to_string();
        let answer = send(operation, "application/json", body).await;
        let answer = answer.expect_problem(422, "invalid_fields");
        let faults = answer.json["errors"].as_array().unwrap();
        let unknown = json!("unknown_field");
        assert!(faults.iter().any(|f| f["field"] == "zz" && f["code"] == unknown), "{faults:?}");

        // The operation reads the documented members and requires the documented ones.
        let members = operation.members();
        let nothing = members.iter().map(|(name, _)| ((*name).to_owned(), Value::Null));
        let nothing: Value = nothing.chain([("zz".to_owned(), Value::Null)]).collect();
        let answer = send(operation, "application/json", nothing.to_string()).await;
        let answer = answer.expect_problem(422, "invalid_fields");
        let faults = answer.json["errors"].as_array().unwrap().iter();
        let faults = faults.map(|it| (it["field"].as_str().unwrap(), it["code"].as_str().unwrap()));
        let required = members.iter().filter(|(_, is_required)| *is_required);
        let required = required.map(|(name, _)| (*name, "required"));
        let expected: BTreeSet<_> = required.chain([("zz", "unknown_field")]).collect();
        assert_eq!(faults.collect::<BTreeSet<_>>(), expected, "{operation}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn every_operation_that_needs_a_table_says_so_when_none_answers() {
    // A sign-in of staff begins without a table, and ends on a page that says so (`staff_sign_in`).
    let sign_in = ["staff-sign-in", "staff-callback"];
    let needing = documented().iter().filter(|operation| {
        operation.may_answer("unavailable") && !sign_in.contains(&operation.name)
    });

    let each = needing.map(async |&Documented { name, .. }| {
        let mut event = sample(name);
        let portal = prepare(name, &mut event).await;
        portal.fail("dynamodb", "down", None).await;

        let answer = portal.invoke(name, &event).await.expect_status(200).json;
        portal.fail("dynamodb", "none", None).await;
        let again = portal.invoke(name, &event).await.expect_status(200).json;

        assert_eq!(answer["statusCode"], 503, "{name}: {answer:#}");
        assert_eq!(answer["headers"]["retry-after"], "5", "{name}");
        let body = answer["body"].as_str().unwrap();
        let problem: Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["code"], "unavailable", "{name}");
        for cause in ["dynamo", "connect", "dispatch", "error"] {
            assert!(!body.to_lowercase().contains(cause), "{name}: {body}");
        }
        // No write was left half done.
        let status = again["statusCode"].as_u64().unwrap();
        assert!(status < 300, "{name}: {again:#}");
    });
    stream::iter(each).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
}
