//! Changes of the password with the present one.

use reqwest::Method;
use serde_json::json;
use tests::{Answer, Browser, Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;
const NEW_PASSWORD: &str = "sept oies grises 7";
const WRONG_PASSWORD: &str = "pas le bon 0";

async fn change(browser: &Browser, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new});
    browser.send(Method::PUT, "/api/account/password", &body).await
}

#[tokio::test]
async fn a_new_password_keeps_this_session_ends_the_others_and_is_told_by_mail() {
    let portal = Portal::open().await;
    let phone = portal.tenant(&MARTIN).await;
    let computer = portal.browser();
    computer.sign_in_to_stay(&MARTIN).await.expect_status(200);

    let answer = change(&computer, MARTIN.password, NEW_PASSWORD).await.expect_status(204);

    assert_eq!(answer.body, "");
    computer.account().await.expect_status(200);
    computer.refresh().await.expect_status(200);
    // The access tokens of ended sessions are refused at once, too.
    phone.account().await.expect_problem(401, "unauthenticated");
    phone.refresh().await.expect_problem(401, "unauthenticated");
    phone.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    let household = Household { password: NEW_PASSWORD, ..MARTIN };
    phone.sign_in(&household).await.expect_status(200);
    let told = portal.mail_to(MARTIN.email, 3).await;
    assert_eq!(told["tags"]["mail"], "password-changed");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_kept_session_keeps_its_end() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let id = browser.get("/api/sessions").await.json["sessions"][0]["id"].clone();

    change(&browser, MARTIN.password, NEW_PASSWORD).await.expect_status(204);

    let sessions = browser.get("/api/sessions").await.expect_status(200).json;
    assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&sessions["sessions"][0]["id"], &sessions["sessions"][0]["current"]),
        (&id, &json!(true))
    );
    portal.advance("PT11H").await;
    browser.refresh().await.expect_status(200);
    portal.advance("PT11H").await;
    browser.refresh().await.expect_status(200);
}

#[tokio::test]
async fn without_the_present_password_nothing_changes() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in(&MARTIN).await.expect_status(200);

    for current in [WRONG_PASSWORD, NEW_PASSWORD, "Quatre chevaux bleus 4", " "] {
        let answer = change(&browser, current, NEW_PASSWORD).await;
        answer.expect_faults(&[("current_password", "wrong_password")]);
    }

    for browser in [&browser, &other] {
        browser.account().await.expect_status(200);
    }
    portal.browser().sign_in(&MARTIN).await.expect_status(200);
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);
}

#[tokio::test]
async fn a_password_that_the_policy_refuses_is_told_and_does_not_count() {
    let portal = Portal::open().await;
    let household = Household { email: "loyer.2026@exemple.example", ..Household::LEFEVRE };
    let browser = portal.tenant(&household).await;

    for (password, code) in [
        ("", "required"),
        ("court 1", "password_too_short"),
        (&"a1".repeat(65), "password_too_long"),
        ("12345678901", "password_needs_letter"),
        ("sept oies grises", "password_needs_digit"),
        ("LEFEVRE dubois 7", "password_begins_with_name"),
        ("Éloïse et 7 oies", "password_begins_with_name"),
        ("Loyer-2026 et plus", "password_begins_with_email"),
        ("loyer.2026@exemple.example", "password_begins_with_email"),
        ("azerty123", "password_too_common"),
        ("motdepasse1", "password_too_common"),
    ] {
        let answer = change(&browser, household.password, password).await;
        answer.expect_faults(&[("new_password", code)]);
    }

    change(&browser, household.password, NEW_PASSWORD).await.expect_status(204);
}

#[tokio::test]
async fn missing_unknown_and_non_text_fields_are_refused() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let send = async |body| browser.send(Method::PUT, "/api/account/password", &body).await;

    let both = [("current_password", "required"), ("new_password", "required")];
    send(json!({})).await.expect_faults(&both);
    send(json!({"current_password": null, "new_password": ""})).await.expect_faults(&both);
    let more = json!({
        "current_password": MARTIN.password, "new_password": NEW_PASSWORD, "email": MARTIN.email,
    });
    send(more).await.expect_faults(&[("email", "unknown_field")]);
    let number = json!({"current_password": MARTIN.password, "new_password": 12_345_678});
    send(number).await.expect_problem(400, "malformed_body");

    portal.browser().sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn passwords_tried_here_count_as_sign_ins_of_this_browser_alone() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in(&MARTIN).await.expect_status(200);
    for _ in 0..10 {
        let answer = change(&browser, WRONG_PASSWORD, NEW_PASSWORD).await;
        answer.expect_faults(&[("current_password", "wrong_password")]);
    }

    let refused = change(&browser, MARTIN.password, NEW_PASSWORD).await;

    let refused = refused.expect_problem(429, "too_many_attempts");
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((840..900).contains(&wait), "{wait}");
    browser.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    browser.account().await.expect_status(200);
    let answer = change(&other, WRONG_PASSWORD, NEW_PASSWORD).await;
    answer.expect_faults(&[("current_password", "wrong_password")]);
    portal.advance("PT15M").await;
    browser.refresh().await.expect_status(200);
    change(&browser, MARTIN.password, NEW_PASSWORD).await.expect_status(204);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_without_a_device_cookie_is_counted_by_address_and_source() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = portal.tenant(&MARTIN).await;
    let thief = browser.copy().from_source("198.51.100.7");
    thief.set_cookie("__Host-device", None);
    for _ in 0..10 {
        change(&thief, WRONG_PASSWORD, NEW_PASSWORD).await.expect_problem(422, "invalid_fields");
    }

    let refused = change(&thief, MARTIN.password, NEW_PASSWORD).await;

    refused.expect_problem(429, "too_many_attempts");
    change(&browser, MARTIN.password, NEW_PASSWORD).await.expect_status(204);
}

#[tokio::test]
async fn nobody_changes_a_password_without_being_signed_in() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let stranger = portal.browser();

    change(&stranger, MARTIN.password, NEW_PASSWORD).await.expect_problem(401, "unauthenticated");
    stranger.set_access_token("no.token.this");
    change(&stranger, MARTIN.password, NEW_PASSWORD).await.expect_problem(401, "unauthenticated");
    browser.sign_out().await.expect_status(204);
    change(&browser, MARTIN.password, NEW_PASSWORD).await.expect_problem(401, "unauthenticated");

    browser.sign_in(&MARTIN).await.expect_status(200);
}

#[tokio::test]
async fn a_reset_link_asked_for_before_is_void() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let forgotten = json!({"email": MARTIN.email});
    browser.post("/api/password-resets", &forgotten).await.expect_status(202);
    let token = token_in(&portal.mail_to(MARTIN.email, 3).await).unwrap();

    change(&browser, MARTIN.password, NEW_PASSWORD).await.expect_status(204);

    let reset = json!({"token": token, "password": "huit loups roux 8"});
    let answer = portal.browser().post("/api/password-resets/confirm", &reset).await;
    answer.expect_problem(410, "link_expired");
    let household = Household { password: NEW_PASSWORD, ..MARTIN };
    browser.sign_in(&household).await.expect_status(200);
}

#[tokio::test]
async fn of_two_changes_at_once_one_is_done() {
    let portal = Portal::open().await;
    let one = portal.tenant(&MARTIN).await;
    let two = portal.browser();
    two.sign_in(&MARTIN).await.expect_status(200);
    let passwords = ["huit loups roux 8", "neuf chats noirs 9"];

    let (first, second) = tokio::join!(
        change(&one, MARTIN.password, passwords[0]),
        change(&two, MARTIN.password, passwords[1]),
    );

    let done = usize::from(first.status != 204);
    let (won, lost) = if done == 0 { (&first, second) } else { (&second, first) };
    assert_eq!(won.status, 204, "{}", won.body);
    lost.expect_problem(401, "unauthenticated");
    let with = |n: usize| Household { password: passwords[n], ..MARTIN };
    let browser = portal.browser();
    browser.sign_in(&with(1 - done)).await.expect_problem(401, "bad_credentials");
    browser.sign_in(&with(done)).await.expect_status(200);
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 3, "one mail about the change");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_change_that_cannot_be_written_is_not_half_done() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let down = json!({
        "service": "dynamodb", "function": "change-password", "action": "TransactWriteItems",
        "fail": "down",
    });
    portal.set_fault(&down).await;

    let answer = change(&browser, MARTIN.password, NEW_PASSWORD).await;

    let answer = answer.expect_problem(503, "unavailable");
    assert!(!answer.header("retry-after").is_empty());
    browser.account().await.expect_status(200);
    portal.fail("dynamodb", "none", None).await;
    change(&browser, MARTIN.password, NEW_PASSWORD).await.expect_status(204);
}
