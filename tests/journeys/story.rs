//! The story of one household, from the landlord's file to a new password.

use serde_json::json;
use tests::{Household, Portal};

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_household_registers_signs_in_stays_signs_out_and_recovers_its_password() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.browser();

    browser.register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    let activated = browser.activate(&token).await.expect_status(200);
    assert_eq!(activated.json, json!({"email": household.email}));
    let announced = portal.mail_to(household.email, 2).await;
    assert!(announced["text"].as_str().unwrap().contains(household.email));

    let signed_in = browser.sign_in_to_stay(&household).await.expect_status(200);
    assert_eq!(signed_in.json["account"]["lease"], household.lease);
    assert_eq!(signed_in.json["token_type"], "Bearer");
    let account = browser.account().await.expect_status(200);
    assert_eq!(account.json, signed_in.json["account"]);

    portal.advance("PT2H").await;
    browser.account().await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_status(200);
    browser.account().await.expect_status(200);

    browser.sign_out().await.expect_status(204);
    browser.account().await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_problem(401, "unauthenticated");

    let forgotten = json!({"email": household.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.mail_to(household.email, 3).await;
    let token = portal.link_mailed_to(household.email).await;
    let reset = json!({"token": token, "password": "sept oies grises 7"});
    browser.post("/api/password-resets/confirm", &reset).await.expect_status(204);
    browser.sign_in(&household).await.expect_problem(401, "bad_credentials");
    let household = Household { password: "sept oies grises 7", ..household };
    browser.sign_in(&household).await.expect_status(200);
    portal.mail_to(household.email, 4).await;
}
