//! What happened to an account: a row for each act, written in the transaction of the act. The
//! checker of statement 9 compares every write with its rows after each journey; here is what the
//! rows say.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, HEADER, Household, Portal, bounce_of, token_in};

const MARTIN: Household = Household::MARTIN;
const SECOND: &str = "camille@deuxieme.example";
const NEW_PASSWORD: &str = "sept oies grises 7";
const AGENCY: &str = "lilas@bailleur.example";
/// The ARN of the agency's system.
const SYSTEM: &str = "arn:aws:iam::000000000000:user/AGENCY";

/// The rows of acts, oldest first.
async fn acts(portal: &Portal) -> Vec<Value> {
    let mut rows = portal.items("tokens").await;
    rows.retain(|row| row["pk"]["S"].as_str().unwrap().starts_with("act#"));
    let time = |row: &Value| row["pk"]["S"].as_str().unwrap().split('#').nth(2).map(str::to_owned);
    rows.sort_by_key(time);
    rows
}

/// Each act as what, by whom and outcome.
async fn told(portal: &Portal) -> Vec<String> {
    let text = |row: &Value, name: &str| row[name]["S"].as_str().map(str::to_owned);
    let acts = acts(portal).await;
    let told = acts.iter().map(|row| {
        let parts = ["what", "by", "by_name", "outcome"].map(|name| text(row, name));
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    told.collect()
}

async fn change(browser: &Browser, change: &Value) {
    browser.send(Method::PATCH, "/api/account", change).await.expect_status(200);
}

async fn post(browser: &Browser, path: &str, body: &Value, status: u16) {
    browser.post(path, body).await.expect_status(status);
}

async fn by_agency(portal: &Portal, path: &str, body: &Value) {
    let body = body.to_string().into_bytes();
    portal.agency(Method::POST, path, "application/json", body).await.expect_status(204);
}

/// The token in the newest mail to `address`, once the mails have settled.
async fn token(portal: &Portal, address: &str) -> String {
    portal.settle().await;
    token_in(&portal.mails_to(address).await[0]).unwrap()
}

async fn sign_in(browser: &Browser, email: &str, password: &str) {
    post(browser, "/api/sessions", &json!({"email": email, "password": password}), 200).await;
}

#[tokio::test]
async fn each_act_of_a_tenant_and_of_the_agency_is_kept_and_a_sign_in_is_not() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    change(&browser, &json!({"language": "en"})).await;
    change(&browser, &json!({"language": "en"})).await;
    change(&browser, &json!({"paperless": true, "language": "fr"})).await;
    let password = json!({"current_password": MARTIN.password, "new_password": NEW_PASSWORD});
    browser.send(Method::PUT, "/api/account/password", &password).await.expect_status(204);
    let address = json!({"email": SECOND, "password": NEW_PASSWORD});
    post(&browser, "/api/account/email-changes", &address, 202).await;
    let confirm = json!({"token": token(&portal, SECOND).await});
    post(&browser, "/api/email-changes/confirm", &confirm, 200).await;
    let revert = json!({"token": token(&portal, MARTIN.email).await});
    post(&browser, "/api/email-changes/revert", &revert, 200).await;
    let reset = json!({"token": token(&portal, MARTIN.email).await, "password": MARTIN.password});
    post(&browser, "/api/password-resets/confirm", &reset, 204).await;
    sign_in(&browser, MARTIN.email, MARTIN.password).await;
    let request = json!({"kind": "stop-paperless"});
    post(&browser, "/api/account/agency-requests", &request, 202).await;
    let refusal = json!({"token": token(&portal, AGENCY).await, "answer": "refused"});
    post(&browser, "/api/agency-requests/answer", &refusal, 200).await;
    post(&browser, "/api/account/agency-requests", &request, 202).await;
    let answer = json!({"token": token(&portal, AGENCY).await});
    post(&browser, "/api/agency-requests/answer", &answer, 200).await;
    let renamed = Household { first_name: "Camille Anne", ..MARTIN };
    portal.import(&[renamed.row("")]).await.expect_status(200);
    portal.import(&[renamed.row("2098-12-31")]).await.expect_status(200);
    portal.import(&[renamed.row("")]).await.expect_status(200);
    let request = json!({"kind": "close-account"});
    post(&browser, "/api/account/agency-requests", &request, 202).await;
    by_agency(&portal, "/api/agency/closures", &json!({"lease": MARTIN.lease, "reason": "Départ"}))
        .await;

    let agency = |what: &str| format!("{what} agency {SYSTEM}");
    let expected = [
        "activated tenant".to_owned(),
        "settings-changed tenant language".to_owned(),
        "paperless-started tenant language".to_owned(),
        "password-changed tenant".to_owned(),
        "address-change-asked tenant".to_owned(),
        "address-changed tenant".to_owned(),
        "address-change-reverted tenant".to_owned(),
        "password-reset tenant".to_owned(),
        "request-made tenant stop-paperless".to_owned(),
        "request-refused agency-link stop-paperless".to_owned(),
        "request-made tenant stop-paperless".to_owned(),
        "paperless-stopped agency-link as_asked".to_owned(),
        agency("details-changed"),
        format!("{} set", agency("exit-date-changed")),
        format!("{} removed", agency("exit-date-changed")),
        "request-made tenant close-account".to_owned(),
        format!("{} as_asked", agency("closed")),
    ];
    assert_eq!(told(&portal).await, expected);
}

#[tokio::test]
async fn an_act_of_staff_has_the_person() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;
    let send = async |path: &str| {
        let request = staff.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        let file = format!("{HEADER}\n{}\n", MARTIN.row("2098-12-31"));
        let request = request.header("content-type", "text/csv").body(file);
        staff.keep(request).await.expect_status(200).json
    };

    let preview = send("/api/staff/imports").await;
    send(&format!("/api/staff/imports/{}", preview["id"].as_str().unwrap())).await;

    let acts = acts(&portal).await;
    let act = acts.last().unwrap();
    let told = ["what", "by", "by_name", "outcome"].map(|name| act[name]["S"].as_str().unwrap());
    assert_eq!(told, ["exit-date-changed", "staff", "Anne Lefèvre", "set"]);
    assert!(act["by_subject"]["S"].is_string(), "{act}");
    let path = format!("/api/staff/households/{}", MARTIN.lease);
    let household = staff.staff_get(&path).await.expect_status(200).json;
    let by = json!({"kind": "staff", "name": "Anne Lefèvre"});
    assert_eq!(household["happened"][0]["by"], by);
}

#[tokio::test]
async fn the_acts_of_mails_and_thefts_are_kept() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let copy = browser.copy();
    portal.advance("PT2H").await;
    browser.refresh().await.expect_status(200);
    browser.refresh().await.expect_status(200);
    portal.advance("PT2M").await;
    copy.refresh().await.expect_status(401);
    portal.settle().await;
    let report = bounce_of(&portal.mails_to(MARTIN.email).await[0]);
    portal.report(&report).await;
    portal.report(&report).await;
    let permission = json!({"lease": MARTIN.lease});
    by_agency(&portal, "/api/agency/mail-permissions", &permission).await;
    by_agency(&portal, "/api/agency/mail-permissions", &permission).await;

    let expected = [
        "activated tenant".to_owned(),
        "session-stolen tenant".to_owned(),
        "mail-returned mail-feedback bounced".to_owned(),
        format!("stop-lifted agency {SYSTEM}"),
    ];
    assert_eq!(told(&portal).await, expected);
}

#[tokio::test]
async fn the_acts_of_an_erased_account_stay_and_name_nobody() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    portal.tenant(&MARTIN).await;
    portal.import(&[MARTIN.row("2027-08-31")]).await.expect_status(200);
    portal.settle().await;
    for day in ["2027-10-31", "2027-11-23", "2027-11-30", "2028-11-30"] {
        portal.set_clock(&format!("{day}T03:00:00Z")).await;
        portal.run_daily_job(&format!("{day}T03:00:00Z")).await;
        portal.settle().await;
    }

    let told = told(&portal).await;
    let last = ["warned schedule", "warned schedule", "deactivated schedule", "erased schedule"];
    assert_eq!(told[told.len() - 4..], last, "{told:?}");
    let rows = acts(&portal).await;
    let erased = rows.last().unwrap();
    let text = json!(rows).to_string();
    for personal in [MARTIN.email, MARTIN.last_name, MARTIN.first_name, MARTIN.lease] {
        assert!(!text.contains(personal), "{personal}");
    }
    let seconds = |name: &str| erased[name]["N"].as_str().unwrap().parse::<i64>().unwrap();
    let kept = SignedDuration::from_secs(seconds("expires_at") - seconds("at"));
    assert_eq!(kept, SignedDuration::from_hours(400 * 24));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_calls_at_once_that_do_the_same_one_is_an_act() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.settle().await;
    let renamed = [Household { first_name: "Camille Anne", ..MARTIN }.row("")];
    let report = bounce_of(&portal.mails_to(MARTIN.email).await[0]);
    let english = json!({"language": "en"});
    let permission = json!({"lease": MARTIN.lease});

    let held = portal.hold_at("import-leases", "TransactWriteItems", 0);
    let (one, ()) = tokio::join!(portal.import(&renamed), async {
        began(&held).await;
        portal.import(&renamed).await.expect_status(200);
        drop(held);
    });
    one.expect_status(200);
    let held = portal.hold_at("record-mail-feedback", "TransactWriteItems", 0);
    tokio::join!(portal.report(&report), async {
        began(&held).await;
        portal.report(&report).await;
        drop(held);
    });
    let held = portal.hold_at("allow-mail", "TransactWriteItems", 0);
    tokio::join!(by_agency(&portal, "/api/agency/mail-permissions", &permission), async {
        began(&held).await;
        by_agency(&portal, "/api/agency/mail-permissions", &permission).await;
        drop(held);
    });
    let held = portal.hold_at("update-account", "TransactWriteItems", 0);
    tokio::join!(change(&browser, &english), async {
        began(&held).await;
        change(&browser, &english).await;
        drop(held);
    });

    let what = |told: &String| told.split(' ').next().unwrap().to_owned();
    let told: Vec<String> = told(&portal).await.iter().map(what).collect();
    let expected =
        ["activated", "details-changed", "mail-returned", "stop-lifted", "settings-changed"];
    assert_eq!(told, expected);
}

async fn began(held: &tests::Held) {
    tokio::time::timeout(Duration::from_secs(20), held.began()).await.expect("the call is made");
}
