//! Forgotten identifiers.

use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal};

async fn forget(browser: &Browser, lease: &str, last_name: &str) -> Answer {
    let body = json!({"lease": lease, "last_name": last_name});
    browser.post("/api/identifier-reminders", &body).await
}

#[tokio::test]
async fn the_identifier_is_mailed_to_that_address() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;

    let answer = forget(&portal.browser(), household.lease, "Martin").await.expect_status(202);

    assert_eq!(answer.body, "");
    let mail = portal.mail_to(household.email, 3).await;
    assert_eq!(mail["tags"]["mail"], "identifier-reminder");
    assert_eq!(mail["subject"], "Rappel de votre identifiant");
    for part in ["text", "html"] {
        assert!(mail[part].as_str().unwrap().contains(household.email), "{part}");
    }
}

#[tokio::test]
async fn lease_and_name_are_taken_as_one_types_them() {
    let portal = Portal::open().await;
    let household = Household::LEFEVRE;
    portal.tenant(&household).await;

    let typed = [
        ("L 0041 2837", "LEFEVRE DUBOIS"),
        ("l00412837", "lefevre-dubois"),
        ("004.128.37", "Lefe\u{300}vreDubois"),
    ];
    for (count, (lease, last_name)) in typed.into_iter().enumerate() {
        forget(&portal.browser(), lease, last_name).await.expect_status(202);
        portal.mail_to(household.email, 3 + count).await;
    }
}

#[tokio::test]
async fn whoever_does_not_know_lease_and_name_is_answered_alike_and_causes_no_mail() {
    let portal = Portal::open().await;
    let household = Household::NDIAYE;
    portal.tenant(&household).await;
    let browser = portal.browser();
    let known = forget(&browser, household.lease, "N'Diaye").await.expect_status(202);
    portal.mail_to(household.email, 3).await;

    for (lease, last_name) in [
        (household.lease, "Ndiay"),
        (household.lease, household.first_name),
        ("99999999", household.last_name),
        // A lease without an account.
        (Household::MARTIN.lease, Household::MARTIN.last_name),
    ] {
        let answer = forget(&browser, lease, last_name).await.expect_status(202);
        assert_eq!(answer.body, known.body);
        assert_eq!(answer.headers.len(), known.headers.len());
    }

    portal.settle().await;
    let all = portal.mails().await;
    assert_eq!(all.len(), 3, "{all:#?}");
}

#[tokio::test]
async fn an_invalid_lease_or_name_is_refused() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let post = |body: Value| {
        let browser = &browser;
        async move { browser.post("/api/identifier-reminders", &body).await }
    };

    post(json!({})).await.expect_faults(&[("lease", "required"), ("last_name", "required")]);
    let answer = post(json!({"lease": "12A", "last_name": "Martin"})).await;
    answer.expect_faults(&[("lease", "invalid_lease")]);
    let answer = post(json!({"lease": "12", "last_name": "a".repeat(101)})).await;
    answer.expect_faults(&[("last_name", "too_long")]);
    let answer = post(json!({"lease": "12", "last_name": "Martin", "email": "x"})).await;
    answer.expect_faults(&[("email", "unknown_field")]);
    let answer = post(json!({"lease": 12, "last_name": "Martin"})).await;
    answer.expect_problem(400, "malformed_body");
}

#[tokio::test]
async fn a_reminder_is_in_the_language_of_the_account() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.browser().in_language("en-GB");
    browser.register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    browser.activate(&token).await.expect_status(200);
    portal.mail_to(household.email, 2).await;

    let french = portal.browser().in_language("fr");
    forget(&french, household.lease, "Martin").await.expect_status(202);

    let mail = portal.mail_to(household.email, 3).await;
    assert_eq!(mail["subject"], "Your identifier");
}
