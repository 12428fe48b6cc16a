//! What operations refuse alike, each of them.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, Household, Portal, registration, token_in};

const MARTIN: Household = Household::MARTIN;
/// The routes of a signed-in tenant.
const OF_THE_ACCOUNT: [(Method, &str); 10] = [
    (Method::GET, "/api/sessions"),
    (Method::DELETE, "/api/sessions/AAAAAAAAAAAAAAAAAAAAAA"),
    (Method::GET, "/api/account"),
    (Method::PATCH, "/api/account"),
    (Method::GET, "/api/account/export"),
    (Method::PUT, "/api/account/lease"),
    (Method::PUT, "/api/account/password"),
    (Method::POST, "/api/account/email-changes"),
    (Method::POST, "/api/account/agency-requests"),
    (Method::GET, "/api/account/agency-requests"),
];
/// The routes that take a body in JSON.
const WITH_BODY: [(Method, &str); 15] = [
    (Method::POST, "/api/registrations"),
    (Method::POST, "/api/activations"),
    (Method::POST, "/api/links/show"),
    (Method::POST, "/api/sessions"),
    (Method::POST, "/api/password-resets"),
    (Method::POST, "/api/password-resets/confirm"),
    (Method::POST, "/api/identifier-reminders"),
    (Method::PATCH, "/api/account"),
    (Method::PUT, "/api/account/lease"),
    (Method::PUT, "/api/account/password"),
    (Method::POST, "/api/account/email-changes"),
    (Method::POST, "/api/account/agency-requests"),
    (Method::POST, "/api/email-changes/confirm"),
    (Method::POST, "/api/email-changes/revert"),
    (Method::POST, "/api/agency-requests/answer"),
];

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

    for (method, path) in OF_THE_ACCOUNT {
        for browser in [&stranger, &garbled, &ended] {
            // Whoever is not signed in is told nothing of the body.
            let answer = browser.send(method.clone(), path, &json!({"x": 1})).await;
            answer.expect_problem(401, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn every_operation_of_the_agency_trusts_iam_alone() {
    let portal = Portal::open().await;

    for function in ["allow-mail", "close-account", "get-lease", "import-leases"] {
        let mut event = sample(function);
        event["requestContext"].as_object_mut().unwrap().remove("authorizer").unwrap();
        let answer = portal.invoke(function, &event).await.expect_status(200).json;

        assert_eq!(answer["statusCode"], 403, "{function}: {answer:#}");
        let problem: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(problem["code"], "forbidden", "{function}");
    }
}

#[tokio::test]
async fn the_present_password_is_never_the_new_one() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let changed = Household { password: "sept oies grises 7", ..MARTIN };
    // Composed otherwise, it is the same.
    let accented = Household { password: "e\u{301}te\u{301} 2031 a\u{300} la mer", ..MARTIN };
    let change = async |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        browser.send(Method::PUT, "/api/account/password", &body).await
    };

    let answer = change(MARTIN.password, MARTIN.password).await;
    answer.expect_faults(&[("new_password", "password_unchanged")]);
    // Whoever does not know the present one is not told which it is.
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
    // The link is as it was, and so is everything else.
    browser.account().await.expect_status(200);
    reset(changed.password).await.expect_status(204);
    portal.browser().sign_in(&changed).await.expect_status(200);
}

#[tokio::test]
async fn every_body_is_an_object_in_json_of_at_most_sixteen_kibibytes() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let send = async |(method, path): (Method, &str), media_type: &str, body: String| {
        let request = browser.request(method, path).header("content-type", media_type);
        browser.keep(request.body(body)).await
    };

    for route in WITH_BODY {
        for body in ["", "x", "[]", "\"x\"", "{\"token\": 1", "null"] {
            let answer = send(route.clone(), "application/json", body.to_owned()).await;
            answer.expect_problem(400, "malformed_body");
        }
        let large = format!("{{}}{}", " ".repeat(16 * 1024));
        let answer = send(route.clone(), "application/json; charset=utf-8", large).await;
        answer.expect_problem(413, "payload_too_large");
        for media_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
            let answer = send(route.clone(), media_type, "{}".to_owned()).await;
            answer.expect_problem(415, "unsupported_media_type");
        }
        let answer = send(route.clone(), "application/json", json!({"zz": 1}).to_string()).await;
        let answer = answer.expect_problem(422, "invalid_fields");
        let faults = answer.json["errors"].as_array().unwrap();
        let unknown = json!("unknown_field");
        assert!(faults.iter().any(|f| f["field"] == "zz" && f["code"] == unknown), "{faults:?}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn every_operation_that_needs_a_table_says_so_when_none_answers() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let registered = browser.register(&MARTIN).await.expect_status(202).json;
    let activation = portal.link_mailed_to(MARTIN.email).await;
    browser.activate(&activation).await.expect_status(200);
    browser.sign_in_to_stay(&MARTIN).await.expect_status(200);
    let calls = calls(&registered["registration"], &activation);
    portal.fail("dynamodb", "down", None).await;

    let answers = calls.into_iter().map(async |(method, path, body)| {
        let request = browser.request(method, &path).header("sec-fetch-site", "same-origin");
        (browser.keep(request.json(&body)).await, path)
    });
    let answers = futures_util::future::join_all(answers).await;

    for (answer, path) in answers {
        assert_eq!(answer.status, 503, "{path}: {}", answer.body);
        let answer = answer.expect_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), "5");
        for cause in ["dynamo", "connect", "dispatch", "error"] {
            assert!(!answer.body.to_lowercase().contains(cause), "{}", answer.body);
        }
    }
    let lease = portal.lease(MARTIN.lease).await;
    lease.expect_problem(503, "unavailable");
    portal.fail("dynamodb", "none", None).await;
    browser.refresh().await.expect_status(200);
    still_as_it_was(&browser).await;
}

/// A call of each operation that reads or writes a table, complete.
fn calls(registration_id: &Value, activation: &str) -> Vec<(Method, String, Value)> {
    let id = registration_id.as_str().unwrap();
    let (password, token) = (MARTIN.password, json!({"token": activation}));
    let email = json!({"email": MARTIN.email});
    let calls = [
        (Method::POST, "/api/registrations", registration(&Household::NDIAYE)),
        (Method::POST, &format!("/api/registrations/{id}/resend"), json!({})),
        (Method::POST, "/api/activations", token.clone()),
        (Method::POST, "/api/links/show", token),
        (Method::POST, "/api/sessions", json!({"email": MARTIN.email, "password": password})),
        (Method::POST, "/api/sessions/refresh", json!({})),
        (Method::DELETE, "/api/sessions/current", json!({})),
        (Method::POST, "/api/password-resets", email),
        (
            Method::POST,
            "/api/identifier-reminders",
            json!({"lease": MARTIN.lease, "last_name": "Martin"}),
        ),
    ];
    let of_the_account = OF_THE_ACCOUNT.map(|(method, path)| (method, path, json!({})));
    let all = calls.into_iter().chain(of_the_account);
    all.map(|(method, path, body)| (method, path.to_owned(), body)).collect()
}

/// Checks that `browser` is signed in and [`MARTIN`] has the account of the beginning.
async fn still_as_it_was(browser: &Browser) {
    let account = browser.account().await.expect_status(200).json;
    assert_eq!(
        (&account["email"], &account["lease"]),
        (&json!(MARTIN.email), &json!(MARTIN.lease))
    );
    browser.sign_in(&MARTIN).await.expect_status(200);
}
