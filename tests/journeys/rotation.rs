//! The secret is rotated in the middle of each journey, without a visible effect.

use serde_json::json;
use tests::{Browser, Household, Portal, bounce_of};

const HOUSEHOLD: Household = Household::MARTIN;
const SECRET: &str = "another secret, of more than thirty-two characters";
const THIRD_SECRET: &str = "a third secret, also of more than thirty-two characters";

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "rotates the secret")]
async fn a_registration_is_activated_by_a_link_made_before() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&HOUSEHOLD).await.expect_status(202);
    let token = portal.link_mailed_to(HOUSEHOLD.email).await;

    portal.rotate_secret(SECRET).await;

    browser.activate(&token).await.expect_status(200);
    browser.sign_in(&HOUSEHOLD).await.expect_status(200);
}

// A process reads the previous version of the secret when something of it turns up. If that fails, the link
// may be good.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_link_made_before_is_not_called_forged_while_the_previous_secret_cannot_be_read() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&HOUSEHOLD).await.expect_status(202);
    let token = portal.link_mailed_to(HOUSEHOLD.email).await;
    portal.rotate_secret(SECRET).await;
    portal.advance("PT6M").await;
    let later = portal.browser();
    later.register(&Household::LEFEVRE).await.expect_status(202);
    let made_since = portal.link_mailed_to(Household::LEFEVRE.email).await;
    later.activate(&made_since).await.expect_status(200);
    portal
        .set_fault(&json!({
            "service": "secretsmanager", "fail": "down", "function": "activate",
        }))
        .await;

    browser.activate(&token).await.expect_problem(503, "unavailable");

    portal.fail("secretsmanager", "none", None).await;
    portal.advance("PT6S").await;
    browser.activate(&token).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "rotates the secret")]
async fn the_mail_of_a_registration_made_before_comes_again() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let registered = browser.register(&HOUSEHOLD).await.expect_status(202).json;
    portal.mail_to(HOUSEHOLD.email, 1).await;
    let reference = registered["registration"].as_str().unwrap();

    portal.rotate_secret(SECRET).await;

    let resend = format!("/api/registrations/{reference}/resend");
    browser.post(&resend, &json!({})).await.expect_status(202);
    portal.mail_to(HOUSEHOLD.email, 2).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn counts_and_stops_survive_a_rotation() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:01:00Z").await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let held_until = async || {
        let lease = portal.lease(HOUSEHOLD.lease).await.expect_status(200).json;
        lease["account"]["mail_held_until"].clone()
    };
    let mail = portal.mails_to(HOUSEHOLD.email).await[0].clone();
    portal.report(&bounce_of(&mail)).await;
    let held = held_until().await;
    assert!(held.is_string());
    let stranger = portal.browser().from_source("198.51.100.7");
    let guess = Household { password: "pas le bon 0", ..HOUSEHOLD };
    for _ in 0..10 {
        stranger.sign_in(&guess).await.expect_problem(401, "bad_credentials");
    }

    for secret in [SECRET, THIRD_SECRET] {
        portal.rotate_secret(secret).await;
        portal.advance("PT6M").await;
        portal.browser().sign_in(&HOUSEHOLD).await.expect_status(200);
        stranger.sign_in(&guess).await.expect_problem(429, "too_many_attempts");
        assert_eq!(held_until().await, held);
    }
    browser.refresh().await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn five_minutes_after_a_second_rotation_nothing_of_the_first_secret_is_accepted() {
    let portal = Portal::open_with(&[("LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE", "2")]).await;
    portal.set_clock("2031-03-03T09:01:00Z").await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let waiting = Household::LEFEVRE;
    let registered = browser.register(&waiting).await.expect_status(202).json;
    let activation = portal.link_mailed_to(waiting.email).await;
    let reference = registered["registration"].as_str().unwrap();
    let forgotten = json!({"email": HOUSEHOLD.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.mail_to(HOUSEHOLD.email, 3).await;
    let reset = portal.link_mailed_to(HOUSEHOLD.email).await;
    let leaked = browser.copy();

    for secret in [SECRET, THIRD_SECRET] {
        portal.rotate_secret(secret).await;
        portal.advance("PT3M").await;
        browser.refresh().await.expect_status(200);
    }
    portal.advance("PT5M1S").await;

    leaked.account().await.expect_problem(401, "unauthenticated");
    leaked.activate(&activation).await.expect_problem(400, "link_invalid");
    let resend = format!("/api/registrations/{reference}/resend");
    leaked.post(&resend, &json!({})).await.expect_problem(404, "not_found");
    let body = json!({"token": reset, "password": "sept oies grises 7"});
    let confirmed = leaked.post("/api/password-resets/confirm", &body).await;
    confirmed.expect_problem(400, "link_invalid");
    // The device cookie is not accepted, so this is an unknown browser.
    let stranger = portal.browser();
    for _ in 0..2 {
        stranger.sign_in(&HOUSEHOLD).await.expect_status(200);
    }
    leaked.sign_in(&HOUSEHOLD).await.expect_problem(429, "too_many_attempts");
    // Nobody is signed out.
    browser.refresh().await.expect_status(200);
    browser.account().await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_goes_on_and_its_secret_is_replaced() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&HOUSEHOLD).await;

    portal.rotate_secret(SECRET).await;

    browser.account().await.expect_status(200);
    browser.refresh().await.expect_status(200);
    browser.account().await.expect_status(200);
    portal.advance("PT2H").await;
    let other_tab = browser.copy();
    browser.refresh().await.expect_status(200);
    other_tab.refresh().await.expect_status(200);
    browser.account().await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_published_keys_are_those_of_both_secrets() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let before = browser.get("/.well-known/jwks.json").await.expect_status(200).json;

    portal.rotate_secret(SECRET).await;
    portal.advance("PT2M").await;

    let after = browser.get("/.well-known/jwks.json").await.expect_status(200).json;
    assert_eq!(after["keys"].as_array().unwrap().len(), 2);
    assert_eq!(after["keys"][1], before["keys"][0]);
    assert_ne!(after["keys"][0], before["keys"][0]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "rotates the secret")]
async fn a_process_that_started_later_is_understood_by_one_that_started_before() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    browser.account().await.expect_status(200);

    portal.rotate_secret(SECRET).await;
    // This function starts now with the new secret, while get-account still has the old one.
    browser.refresh().await.expect_status(200);

    browser.account().await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "rotates the secret")]
async fn a_password_is_reset_by_a_link_made_before() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let forgotten = json!({"email": HOUSEHOLD.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    portal.mail_to(HOUSEHOLD.email, 3).await;
    let token = portal.link_mailed_to(HOUSEHOLD.email).await;

    portal.rotate_secret(SECRET).await;

    let reset = json!({"token": token, "password": "sept oies grises 7"});
    browser.post("/api/password-resets/confirm", &reset).await.expect_status(204);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "rotates the secret")]
async fn an_address_is_changed_by_a_link_made_before() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let token = json!({"token": change_address(&portal, &browser).await});

    portal.rotate_secret(SECRET).await;

    browser.post("/api/email-changes/confirm", &token).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "rotates the secret")]
async fn an_address_change_is_taken_back_by_a_link_made_before() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let token = json!({"token": change_address(&portal, &browser).await});
    browser.post("/api/email-changes/confirm", &token).await.expect_status(200);
    portal.mail_to(HOUSEHOLD.email, 3).await;
    let token = json!({"token": portal.link_mailed_to(HOUSEHOLD.email).await});

    portal.rotate_secret(SECRET).await;

    let reverted = browser.post("/api/email-changes/revert", &token).await.expect_status(200);
    assert_eq!(reverted.json, json!({"email": HOUSEHOLD.email}));
}

/// Asks for another address and returns the token mailed to it.
async fn change_address(portal: &Portal, browser: &Browser) -> String {
    let new = "camille.nouveau@exemple.example";
    let change = json!({"email": new, "password": HOUSEHOLD.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    portal.link_mailed_to(new).await
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "rotates the secret")]
async fn the_agency_answers_by_a_link_made_before() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let ask = json!({"kind": "close-account"});
    browser.post("/api/account/agency-requests", &ask).await.expect_status(202);
    let token = json!({"token": portal.link_mailed_to("lilas@bailleur.example").await});

    portal.rotate_secret(SECRET).await;

    portal.browser().post("/api/agency-requests/answer", &token).await.expect_status(200);
    browser.sign_in(&HOUSEHOLD).await.expect_problem(401, "bad_credentials");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn a_browser_that_signed_in_before_still_has_its_own_count() {
    let portal = Portal::open_with(&[("LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE", "1")]).await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let stranger = portal.browser();

    portal.rotate_secret(SECRET).await;

    stranger.sign_in(&HOUSEHOLD).await;
    stranger.sign_in(&HOUSEHOLD).await.expect_problem(429, "too_many_attempts");
    browser.sign_in(&HOUSEHOLD).await.expect_status(200);
}
