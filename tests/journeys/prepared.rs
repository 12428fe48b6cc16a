//! Prepares what the sample events of `events/` need to succeed: an account, its session, its
//! mailed links. The events themselves have values of a stack that no longer exists.

use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, Household, Portal, token_in};

/// The household of the sample events.
const MARTIN: Household = Household::MARTIN;
/// How many stacks a journey uses concurrently. The deployed one is shared.
pub(crate) const AT_ONCE: usize = if cfg!(feature = "deployed") { 1 } else { 3 };
/// The new address in the sample event of `change-email`.
const NEW_ADDRESS: &str = "camille.nouveau@exemple.example";

/// A new stack in which `event`, the sample event of `operation`, succeeds. The links and secrets
/// of that stack are put into `event`.
pub(crate) async fn prepare(operation: &str, event: &mut Value) -> Portal {
    let portal = Portal::open().await;
    let leases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/leases.csv");
    let leases = fs::read(leases).unwrap();
    let import = portal.agency(Method::POST, "/api/agency/leases", "text/csv", leases);
    import.await.expect_status(200);
    let browser = portal.browser();
    match operation {
        // These need only the leases, or nothing.
        "register"
        | "import-leases"
        | "get-lease"
        | "forgot-identifier"
        | "forgot-password"
        | "keys"
        | "portal"
        | "show-terms"
        | "deliver-mail"
        | "expire-accounts"
        | "record-mail-feedback"
        | "watch-household" => {}
        "resend-activation" => {
            let registered = browser.register(&MARTIN).await.expect_status(202).json;
            event["pathParameters"] = registered;
        }
        "activate" | "show-link" => {
            browser.register(&MARTIN).await.expect_status(202);
            set_token(event, &portal.link_mailed_to(MARTIN.email).await);
            show_cookies(event, &browser);
        }
        "apply-import" => {
            browser.sign_in_as_staff("supervisor").await;
            preview(&browser, event).await;
            show_cookies(event, &browser);
        }
        "staff-callback" => {
            let provider = browser.begin_staff_sign_in().await;
            let back = browser.chosen(&provider, "supervisor").await;
            let (_, query) = back.split_once('?').unwrap();
            event["rawQueryString"] = json!(query);
            show_cookies(event, &browser);
        }
        _ => prepare_account(&portal, operation, event).await,
    }
    portal
}

/// Prepares the account of the sample events for `operation`.
async fn prepare_account(portal: &Portal, operation: &str, event: &mut Value) {
    let browser = portal.tenant(&MARTIN).await;
    match operation {
        "reset-password" => {
            browser.post("/api/password-resets", &json!({"email": MARTIN.email})).await;
            set_token(event, &token_in(&portal.mail_to(MARTIN.email, 3).await).unwrap());
        }
        "confirm-email" => set_token(event, &change_address(portal, &browser).await),
        "revert-email" => {
            let confirmation = change_address(portal, &browser).await;
            let confirmation = json!({"token": confirmation});
            let confirmed = browser.post("/api/email-changes/confirm", &confirmation).await;
            confirmed.expect_status(200);
            set_token(event, &token_in(&portal.mail_to(MARTIN.email, 3).await).unwrap());
        }
        "answer-request" => {
            let asked = json!({"kind": "close-account"});
            let asked = browser.post("/api/account/agency-requests", &asked).await;
            asked.expect_status(202);
            let agency = browser.account().await.json["agency"]["email"].clone();
            set_token(event, &portal.link_mailed_to(agency.as_str().unwrap()).await);
        }
        "settle-request" => {
            let asked = json!({"kind": "close-account"});
            let asked = browser.post("/api/account/agency-requests", &asked).await;
            asked.expect_status(202);
            browser.sign_in_as_staff("supervisor").await;
            let queue = browser.staff_get("/api/staff/requests").await.expect_status(200).json;
            event["pathParameters"]["id"] = queue["requests"][0]["id"].clone();
        }
        "revoke-session" => {
            let sessions = browser.get("/api/sessions").await.json;
            event["pathParameters"]["id"] = sessions["sessions"][0]["id"].clone();
        }
        _ => {}
    }
    if event["cookies"][0].as_str().is_some_and(|cookie| cookie.starts_with("__Host-staff=")) {
        browser.sign_in_as_staff("supervisor").await;
    }
    let access_token = browser.sign_in(&MARTIN).await.json["access_token"].clone();
    let authorization = format!("Bearer {}", access_token.as_str().unwrap_or_default());
    if event["headers"]["authorization"].as_str().is_some_and(|it| it.starts_with("Bearer")) {
        event["headers"]["authorization"] = json!(authorization);
        if operation == "authorize" {
            event["identitySource"] = json!([authorization]);
        }
    }
    show_cookies(event, &browser);
}

/// Asks for another address and returns the token mailed to it.
async fn change_address(portal: &Portal, browser: &Browser) -> String {
    let change = json!({"email": NEW_ADDRESS, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    portal.link_mailed_to(NEW_ADDRESS).await
}

fn set_token(event: &mut Value, token: &str) {
    let mut body: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
    body["token"] = json!(token);
    event["body"] = json!(body.to_string());
}

/// Previews the file in `event`, and puts the id of that preview into it.
async fn preview(browser: &Browser, event: &mut Value) {
    let request = browser.request(Method::POST, "/api/staff/imports");
    let request = request.header("sec-fetch-site", "same-origin");
    let file = event["body"].as_str().unwrap().to_owned();
    let request = request.header("content-type", "text/csv").body(file);
    let preview = browser.keep(request).await.expect_status(200).json;
    event["pathParameters"]["id"] = preview["id"].clone();
}

/// Puts the cookies of `browser` into `event`.
fn show_cookies(event: &mut Value, browser: &Browser) {
    let names = [
        "__Host-registration",
        "__Host-session",
        "__Host-device",
        "__Host-staff",
        "__Host-staff-sign-in",
    ];
    let cookies = names
        .into_iter()
        .filter_map(|name| browser.cookie(name).map(|value| format!("{name}={value}")));
    event["cookies"] = cookies.collect();
}
