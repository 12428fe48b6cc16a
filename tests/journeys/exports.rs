//! Everything held about an account, for its tenant.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Household, Portal};

const MARTIN: Household = Household::MARTIN;

fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_export_is_a_file_with_everything_held() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    portal.import(&[MARTIN.row("2031-11-30")]).await.expect_status(200);
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in_to_stay(&MARTIN).await.expect_status(200);
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    let request = json!({"kind": "stop-paperless"});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);
    let change = json!({"email": "camille@autre.example", "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    portal.settle().await;

    let answer = browser.get("/api/account/export").await.expect_status(200);

    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"mon-espace-locataire.json\""
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let export = &answer.json;
    assert_eq!(
        members(export),
        BTreeSet::from(["account", "exported_at", "links", "mails", "sessions"])
    );
    assert!(export["exported_at"].as_str().unwrap().starts_with("2031-03-03T09:00:"));
    let account = &export["account"];
    let shown = browser.account().await.json;
    for member in members(&shown).difference(&BTreeSet::from(["paperless", "terms"])) {
        assert_eq!(account[*member], shown[*member], "{member}");
    }
    assert_eq!((&account["status"], &account["ends_on"]), (&json!("active"), &json!("2031-11-30")));
    assert_eq!(account["paperless"]["granted"], true);
    assert_eq!(account["paperless"]["by"], "tenant");
    assert_eq!(account["terms"]["version"], "2026-01");
    assert_eq!(account["asked_to_close_until"], Value::Null);
    assert!(account["asked_for_paper_until"].as_str().unwrap().starts_with("2031-04-02T09:00:"));
    let listed = browser.get("/api/sessions").await.json;
    let exported = export["sessions"].as_array().unwrap();
    assert_eq!(exported.len(), 2);
    for session in exported {
        let listed = listed["sessions"].as_array().unwrap();
        let listed = listed.iter().find(|listed| listed["id"] == session["id"]).unwrap();
        for member in members(session) {
            assert_eq!(session[member], listed[member], "{member}");
        }
    }
    let purposes: Vec<_> =
        export["links"].as_array().unwrap().iter().map(|link| &link["purpose"]).collect();
    assert_eq!(purposes.len(), 2, "{purposes:?}");
    assert!(purposes.contains(&&json!("agency-request")), "{purposes:?}");
    assert!(purposes.contains(&&json!("email-change")), "{purposes:?}");
    let mails: Vec<_> =
        export["mails"].as_array().unwrap().iter().map(|mail| &mail["mail"]).collect();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails.contains(&&json!("account-activated")), "{mails:?}");
    assert!(mails.contains(&&json!("agency-request-received")), "{mails:?}");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_export_holds_no_secret_and_nothing_of_others() {
    let portal = Portal::open().await;
    portal.tenant(&Household::NDIAYE).await;
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in_to_stay(&MARTIN).await.expect_status(200);
    portal.advance("PT2H").await;
    other.refresh().await.expect_status(200);
    let forgotten = json!({"email": MARTIN.email});
    other.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.settle().await;
    browser.refresh().await.expect_status(200);

    let export = browser.get("/api/account/export").await.expect_status(200).body;

    let mut secrets = vec![MARTIN.password.to_owned(), "$argon2".to_owned(), "arn:".to_owned()];
    for browser in [&browser, &other] {
        let session = browser.cookie("__Host-session").unwrap();
        let (id, secret) = session.split_once('.').unwrap();
        secrets.push(secret.to_owned());
        let row = portal.token_row(&format!("session#{id}")).await;
        secrets.push(row["secret"]["S"].as_str().unwrap().to_owned());
        secrets.push(browser.access_token().unwrap());
        secrets.push(browser.cookie("__Host-device").unwrap());
    }
    for mail in portal.mails_to(MARTIN.email).await {
        secrets.extend(tests::token_in(&mail));
    }
    assert!(secrets.len() >= 13, "{}", secrets.len());
    for secret in secrets {
        assert!(!export.contains(&secret), "{secret} is in {export}");
    }
    for stranger in [Household::NDIAYE.email, Household::NDIAYE.lease, "Aminata"] {
        assert!(!export.contains(stranger), "{stranger}");
    }
    for word in ["secret", "hash", "epoch", "token", "shard", "payload"] {
        assert!(!export.contains(&format!("\"{word}")), "{word}: {export}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn what_has_expired_is_not_held_swept_or_not() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let change = json!({"email": "camille@autre.example", "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    portal.settle().await;

    portal.advance("P15D").await;
    browser.sign_in(&MARTIN).await.expect_status(200);

    let export = browser.get("/api/account/export").await.expect_status(200).json;
    assert_eq!((&export["links"], &export["mails"]), (&json!([]), &json!([])));
    assert_eq!(export["sessions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn nobody_exports_an_account_without_being_signed_in() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    let stranger = portal.browser().get("/api/account/export").await;
    stranger.expect_problem(401, "unauthenticated");
    browser.sign_out().await.expect_status(204);

    let ended = browser.get("/api/account/export").await;
    ended.expect_problem(401, "unauthenticated");
}
