//! Forgotten passwords.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::{Answer, Browser, Household, Portal, token_in};

const NEW_PASSWORD: &str = "sept oies grises 7";

async fn forget(browser: &Browser, email: &str) -> Answer {
    browser.post("/api/password-resets", &json!({"email": email})).await
}

async fn reset(browser: &Browser, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    browser.post("/api/password-resets/confirm", &body).await
}

/// The token of the reset link in the `count`th mail to `household`.
async fn reset_token(portal: &Portal, household: &Household, count: usize) -> String {
    forget(&portal.browser(), household.email).await.expect_status(202);
    let mail = portal.mail_to(household.email, count).await;
    assert_eq!(mail["tags"]["mail"], "password-reset");
    token_in(&mail).expect("a link with a token")
}

/// The parts of an answer that could reveal whether an address has an account.
fn telling(answer: &Answer) -> (u16, String, Vec<String>) {
    let changes = ["date", "x-request-id", "apigw-requestid"];
    let names = answer.headers.keys().map(|name| name.as_str().to_owned());
    let shown = names.filter(|name| !changes.contains(&name.as_str()));
    let headers = shown.map(|name| format!("{name}: {}", answer.header(&name))).collect();
    (answer.status.as_u16(), answer.body.clone(), headers)
}

#[tokio::test]
async fn an_address_without_account_is_answered_alike_and_mailed_nothing() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;

    let known = forget(&portal.browser(), household.email).await.expect_status(202);
    let unknown = forget(&portal.browser(), "nobody@exemple.example").await.expect_status(202);
    portal.settle().await;

    assert_eq!(telling(&known), telling(&unknown));
    assert_eq!(known.body, "");
    assert_eq!(portal.mails_to(household.email).await.len(), 3);
    assert!(portal.mails_to("nobody@exemple.example").await.is_empty());
}

#[tokio::test]
async fn the_link_goes_to_the_stored_address_whatever_the_spelling_asked_for() {
    let portal = Portal::open().await;
    let household = Household { email: "Camille.Martin@Exemple.example", ..Household::MARTIN };
    portal.tenant(&household).await;

    forget(&portal.browser(), "  camille.MARTIN@EXEMPLE.example ").await.expect_status(202);

    let mail = portal.mail_to(household.email, 3).await;
    let activated = &portal.mails_to(household.email).await[1];
    assert_eq!(mail["tags"]["mail"], "password-reset");
    assert_eq!(mail["to"], activated["to"]);
}

#[tokio::test]
async fn an_invalid_address_is_refused() {
    let portal = Portal::open().await;
    let browser = portal.browser();

    for (body, code) in [
        (json!({}), "required"),
        (json!({"email": ""}), "required"),
        (json!({"email": "camille"}), "invalid_email"),
        (json!({"email": "camille@"}), "invalid_email"),
    ] {
        let answer = browser.post("/api/password-resets", &body).await;
        answer.expect_faults(&[("email", code)]);
    }
    let other = json!({"email": "a@exemple.example", "lease": "1"});
    let answer = browser.post("/api/password-resets", &other).await;
    answer.expect_faults(&[("lease", "unknown_field")]);
    let number = json!({"email": 7});
    let answer = browser.post("/api/password-resets", &number).await;
    answer.expect_problem(400, "malformed_body");
}

#[tokio::test]
async fn the_mails_are_in_the_language_of_the_account_whoever_asks() {
    let portal = Portal::open().await;
    let household = Household::NDIAYE;
    let browser = portal.tenant(&household).await;
    let english = json!({"language": "en"});
    browser.send(Method::PATCH, "/api/account", &english).await.expect_status(200);

    let token = reset_token(&portal, &household, 3).await;
    let asked = portal.mail_to(household.email, 3).await;
    let french = portal.browser().in_language("fr");
    reset(&french, &token, NEW_PASSWORD).await.expect_status(204);
    let told = portal.mail_to(household.email, 4).await;

    assert_eq!(asked["subject"], "Choose a new password");
    assert_eq!(told["subject"], "Your password has been changed");
}

#[tokio::test]
async fn a_reset_sets_the_password_ends_every_session_and_tells_the_tenant() {
    let portal = Portal::open().await;
    let household = Household::LEFEVRE;
    let phone = portal.tenant(&household).await;
    let computer = portal.browser();
    computer.sign_in_to_stay(&household).await.expect_status(200);
    let token = reset_token(&portal, &household, 3).await;
    let browser = portal.browser();

    let answer = reset(&browser, &token, NEW_PASSWORD).await.expect_status(204);

    assert_eq!(answer.body, "");
    let device = answer.set_cookie("__Host-device");
    for attribute in ["HttpOnly", "Secure", "Path=/", "Max-Age=31536000"] {
        assert!(device.contains(attribute), "{device} has no {attribute}");
    }
    assert_eq!(answer.set_cookie("__Host-session"), "");
    for session in [&phone, &computer] {
        session.account().await.expect_problem(401, "unauthenticated");
        session.refresh().await.expect_problem(401, "unauthenticated");
    }
    let told = portal.mail_to(household.email, 4).await;
    assert_eq!(told["tags"]["mail"], "password-changed");
    browser.sign_in(&household).await.expect_problem(401, "bad_credentials");
    let household = Household { password: NEW_PASSWORD, ..household };
    browser.sign_in(&household).await.expect_status(200);
    browser.account().await.expect_status(200);
}

#[tokio::test]
async fn a_password_that_the_policy_refuses_leaves_the_link_as_it_is() {
    let portal = Portal::open().await;
    let household = Household::LEFEVRE;
    portal.tenant(&household).await;
    let token = reset_token(&portal, &household, 3).await;
    let browser = portal.browser();

    for (password, code) in [
        ("court 1", "password_too_short"),
        (&"a1".repeat(65), "password_too_long"),
        ("12345678901", "password_needs_letter"),
        ("sept oies grises", "password_needs_digit"),
        ("LEFEVRE dubois 7", "password_begins_with_name"),
        ("eloise 2026 !", "password_begins_with_name"),
        ("e.l.o.i.s.e@exemple.example 1", "password_begins_with_name"),
        ("azerty123", "password_too_common"),
    ] {
        let answer = reset(&browser, &token, password).await;
        answer.expect_faults(&[("password", code)]);
    }
    let shown = browser.post("/api/links/show", &json!({"token": token})).await;
    let valid = json!({"purpose": "password-reset", "status": "valid", "email": household.email});
    assert_eq!(shown.expect_status(200).json, valid);

    reset(&browser, &token, NEW_PASSWORD).await.expect_status(204);
    portal.mail_to(household.email, 4).await;
}

#[tokio::test]
async fn a_password_may_not_begin_with_the_address() {
    let portal = Portal::open().await;
    let household = Household::NDIAYE;
    let household = Household { email: "loyer.2026@exemple.example", ..household };
    portal.tenant(&household).await;
    let token = reset_token(&portal, &household, 3).await;

    for password in ["Loyer-2026 et plus", "loyer.2026@exemple.example"] {
        let answer = reset(&portal.browser(), &token, password).await;
        answer.expect_faults(&[("password", "password_begins_with_email")]);
    }
}

#[tokio::test]
async fn a_reset_link_works_once() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    let token = reset_token(&portal, &household, 3).await;
    let browser = portal.browser();
    reset(&browser, &token, NEW_PASSWORD).await.expect_status(204);

    let again = reset(&browser, &token, "huit loups roux 8").await;

    again.expect_problem(410, "link_used");
    let shown = browser.post("/api/links/show", &json!({"token": token})).await;
    assert_eq!(shown.json, json!({"purpose": "password-reset", "status": "used"}));
    let household = Household { password: NEW_PASSWORD, ..household };
    browser.sign_in(&household).await.expect_status(200);
}

#[tokio::test]
async fn of_two_resets_by_one_link_at_once_one_is_done() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    let token = reset_token(&portal, &household, 3).await;
    let (one, two) = (portal.browser(), portal.browser());

    let (first, second) = tokio::join!(
        reset(&one, &token, "huit loups roux 8"),
        reset(&two, &token, "neuf chats noirs 9"),
    );

    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410], "{} {}", first.body, second.body);
    let (done, other) = if first.status == 204 { (8, 9) } else { (9, 8) };
    let password = |n| if n == 8 { "huit loups roux 8" } else { "neuf chats noirs 9" };
    let with = |n| Household { password: password(n), ..household };
    one.sign_in(&with(other)).await.expect_problem(401, "bad_credentials");
    one.sign_in(&with(done)).await.expect_status(200);
    portal.settle().await;
    assert_eq!(portal.mails_to(household.email).await.len(), 4, "one mail about the reset");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_link_that_is_used_while_it_is_followed_again_is_said_to_be_used() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    let token = reset_token(&portal, &household, 3).await;
    let (one, two) = (portal.browser(), portal.browser());
    // Both links are read late. One account is read after the other call has changed it.
    let slow = json!({
        "service": "dynamodb", "function": "reset-password", "action": "GetItem",
        "fail": "slow", "count": 3,
    });
    portal.set_fault(&slow).await;

    let (first, second) = tokio::join!(
        reset(&one, &token, "huit loups roux 8"),
        reset(&two, &token, "neuf chats noirs 9"),
    );

    let (done, late) = if first.status == 204 { (first, second) } else { (second, first) };
    done.expect_status(204);
    late.expect_problem(410, "link_used");
}

#[tokio::test]
async fn a_reset_voids_the_other_reset_links() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    let first = reset_token(&portal, &household, 3).await;
    let second = reset_token(&portal, &household, 4).await;
    let browser = portal.browser();
    reset(&browser, &first, NEW_PASSWORD).await.expect_status(204);

    let other = reset(&browser, &second, "huit loups roux 8").await;

    other.expect_problem(410, "link_expired");
    let shown = browser.post("/api/links/show", &json!({"token": second})).await;
    assert_eq!(shown.json, json!({"purpose": "password-reset", "status": "expired"}));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_reset_link_expires_after_an_hour_swept_or_not() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    let token = reset_token(&portal, &household, 3).await;
    let browser = portal.browser();

    portal.advance("PT59M").await;
    reset(&browser, &token, "court 1").await.expect_problem(422, "invalid_fields");
    portal.advance("PT1M").await;
    reset(&browser, &token, NEW_PASSWORD).await.expect_problem(410, "link_expired");
    portal.advance("PT5S").await;
    reset(&browser, &token, NEW_PASSWORD).await.expect_problem(410, "link_expired");
    portal.delete_expired_rows().await;
    reset(&browser, &token, NEW_PASSWORD).await.expect_problem(410, "link_expired");

    browser.sign_in(&household).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn a_forged_or_foreign_link_is_refused_before_any_read() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let browser = portal.browser();
    browser.register(&household).await.expect_status(202);
    let activation = portal.link_mailed_to(household.email).await;
    let mut forged = activation.clone();
    let last = if forged.ends_with('A') { "E" } else { "A" };
    forged.replace_range(forged.len() - 1.., last);
    portal.forget_requests().await;

    for token in [&activation, &forged, "", "x", &"A".repeat(43), "../../../etc/passwd"] {
        let answer = reset(&browser, token, NEW_PASSWORD).await;
        if token.is_empty() {
            answer.expect_faults(&[("token", "required")]);
        } else {
            answer.expect_problem(400, "link_invalid");
        }
    }

    let asked = portal.requests_of("reset-password").await;
    let tables = asked.iter().filter(|request| request["service"] == "dynamodb").count();
    assert_eq!(tables, 0, "{asked:#?}");
    browser.activate(&activation).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_reset_opens_a_sign_in_that_is_locked() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = portal.browser();
    let wrong = Household { password: "un mauvais essai 1", ..household };
    for _ in 0..10 {
        browser.sign_in(&wrong).await.expect_problem(401, "bad_credentials");
    }
    let locked = browser.sign_in(&household).await.expect_problem(429, "too_many_attempts");
    assert_eq!(locked.header("retry-after").parse::<u32>().unwrap() / 60, 14);

    let token = reset_token(&portal, &household, 3).await;
    reset(&browser, &token, NEW_PASSWORD).await.expect_status(204);

    let household = Household { password: NEW_PASSWORD, ..household };
    browser.sign_in(&household).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn one_source_asks_for_thirty_mails_an_hour() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = portal.browser().from_source("203.0.113.7");
    for n in 0..15 {
        forget(&browser, &format!("n{n}@exemple.example")).await.expect_status(202);
        let reminder = json!({"lease": format!("{n}"), "last_name": "Martin"});
        browser.post("/api/identifier-reminders", &reminder).await.expect_status(202);
    }

    let refused = forget(&browser, "un.de.trop@exemple.example").await;

    let refused = refused.expect_problem(429, "too_many_attempts");
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((3_500..3_600).contains(&wait), "{wait}");
    let reminder = json!({"lease": "30", "last_name": "Martin"});
    let reminder = browser.post("/api/identifier-reminders", &reminder).await;
    reminder.expect_problem(429, "too_many_attempts");
    let other = portal.browser().from_source("203.0.113.8");
    forget(&other, "un.de.trop@exemple.example").await.expect_status(202);
    portal.advance("PT1H").await;
    forget(&browser, "un.de.trop@exemple.example").await.expect_status(202);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn one_ipv6_network_is_one_source() {
    let portal = Portal::open_with(&[("LIMIT_MAILS_PER_SOURCE", "2")]).await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let ask = |source: &'static str| {
        let browser = portal.browser().from_source(source);
        async move { forget(&browser, "a@exemple.example").await }
    };

    ask("2001:db8:1:2::3").await.expect_status(202);
    ask("2001:db8:1:2:ffff::4").await.expect_status(202);

    ask("2001:db8:1:2:5::6").await.expect_problem(429, "too_many_attempts");
    ask("2001:db8:1:3::3").await.expect_status(202);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn one_address_is_mailed_five_links_an_hour_and_security_notices_always() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = portal.browser();
    for _ in 0..8 {
        forget(&browser, household.email).await.expect_status(202);
    }
    portal.settle().await;
    let mails = portal.mails_to(household.email).await;
    assert_eq!(mails.len(), 2 + 5, "activation, announcement and five links");

    let token = token_in(&mails[0]).unwrap();
    reset(&browser, &token, NEW_PASSWORD).await.expect_status(204);

    portal.settle().await;
    let mails = portal.mails_to(household.email).await;
    assert_eq!(mails.len(), 8);
    assert_eq!(mails[0]["tags"]["mail"], "password-changed");
}

/// Registers the `n`th other household, with its own lease, under `email`.
async fn register_stranger(portal: &Portal, email: &str, n: usize) -> Answer {
    let lease = format!("920000{n:02}");
    let row = format!("{lease},Petit,Léa,Agence,agence@bailleur.example,,,");
    portal.import(&[row]).await.expect_status(200);
    let form = json!({
        "lease": lease, "last_name": "Petit", "email": email,
        "password": "quatre chevaux bleus 4", "terms": "2026-01",
    });
    let stranger = portal.browser().from_source(&format!("198.51.100.{n}"));
    stranger.post("/api/registrations", &form).await
}

/// The number of mails to `email` with each of `names`, once the mails have settled.
async fn mails_named<const N: usize>(portal: &Portal, email: &str, names: [&str; N]) -> [usize; N] {
    let came = portal.mail_names_to(email).await;
    names.map(|name| came.iter().filter(|other| *other == name).count())
}

/// A portal at the beginning of an hour, because limits of mails are per hour.
async fn portal_on_the_hour() -> Portal {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-03-03T09:00:10Z").await;
    portal
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "chooses its source, moves the clock")]
async fn what_strangers_cause_uses_up_no_reset_of_a_tenant() {
    let portal = portal_on_the_hour().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    let kinds = ["email-already-registered", "identifier-reminder", "password-reset"];

    // The sixth call of a kind gets the same answer but sends no mail.
    for n in 0..6 {
        register_stranger(&portal, household.email, n).await.expect_status(202);
        let reminder = json!({"lease": household.lease, "last_name": household.last_name});
        let stranger = portal.browser().from_source(&format!("198.51.100.{n}"));
        stranger.post("/api/identifier-reminders", &reminder).await.expect_status(202);
    }
    assert_eq!(mails_named(&portal, household.email, kinds).await, [5, 5, 0]);
    reset_token(&portal, &household, 2 + 5 + 5 + 1).await;

    for _ in 1..6 {
        forget(&portal.browser(), household.email).await.expect_status(202);
    }
    assert_eq!(mails_named(&portal, household.email, kinds).await, [5, 5, 5]);
    // The next hour has new limits.
    portal.advance("PT1H").await;
    register_stranger(&portal, household.email, 7).await.expect_status(202);
    forget(&portal.browser(), household.email).await.expect_status(202);
    assert_eq!(mails_named(&portal, household.email, kinds).await, [6, 5, 6]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "chooses its source, moves the clock")]
async fn an_address_has_five_activations_an_hour_of_each_lease_and_twenty_mails_in_all_but_resets()
{
    let portal = portal_on_the_hour().await;
    let household = Household { email: "camille@exemple.example", ..Household::MARTIN };
    let kinds = ["activation"];

    // Activation mails of a stranger's lease do not use up those of the household.
    for _ in 0..6 {
        register_stranger(&portal, household.email, 1).await.expect_status(202);
    }
    assert_eq!(mails_named(&portal, household.email, kinds).await, [5]);
    let browser = portal.browser();
    browser.register(&household).await.expect_status(202);
    let token = token_in(&portal.mail_to(household.email, 6).await).expect("a link");

    for n in [2, 3, 4] {
        for _ in 0..5 {
            register_stranger(&portal, household.email, n).await.expect_status(202);
        }
    }
    assert_eq!(mails_named(&portal, household.email, kinds).await, [20], "of 21");
    browser.activate(&token).await.expect_status(200);
    let kinds = ["activation", "account-activated", "password-reset"];
    assert_eq!(mails_named(&portal, household.email, kinds).await, [20, 1, 0]);
    for _ in 0..6 {
        forget(&portal.browser(), household.email).await.expect_status(202);
    }
    assert_eq!(mails_named(&portal, household.email, kinds).await, [20, 1, 5], "resets apart");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_reset_that_is_tried_again_counts_once_and_the_limit_holds() {
    let portal = portal_on_the_hour().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    portal.settle().await;
    portal.forget_requests().await;
    portal.fail("ses", "down", None).await;

    for _ in 0..6 {
        forget(&portal.browser(), household.email).await.expect_status(202);
    }
    // Two tries for each of the five mails that the address may get.
    for tries in [5, 10] {
        until_asked(&portal, tries).await;
        portal.advance("PT1M1S").await;
    }
    until_asked(&portal, 15).await;
    portal.fail("ses", "none", None).await;
    portal.advance("PT2M1S").await;

    let kinds = ["password-reset"];
    assert_eq!(mails_named(&portal, household.email, kinds).await, [5]);
    forget(&portal.browser(), household.email).await.expect_status(202);
    assert_eq!(mails_named(&portal, household.email, kinds).await, [5]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock and injects faults")]
async fn a_reset_whose_first_attempt_failed_before_it_was_counted_is_counted_all_the_same() {
    let portal = portal_on_the_hour().await;
    let household = Household::MARTIN;
    portal.tenant(&household).await;
    portal.settle().await;
    portal
        .set_fault(&json!({
            "service": "dynamodb", "function": "deliver-mail", "action": "GetItem", "fail": "down",
        }))
        .await;
    for _ in 0..6 {
        forget(&portal.browser(), household.email).await.expect_status(202);
    }
    // Until the reads of each mail have failed as often as the SDK tries.
    tokio::time::sleep(Duration::from_secs(12)).await;

    portal.fail("dynamodb", "none", None).await;
    portal.advance("PT2M1S").await;

    assert_eq!(mails_named(&portal, household.email, ["password-reset"]).await, [5]);
}

/// Waits until SES was called exactly `times` times and the results are written.
async fn until_asked(portal: &Portal, times: usize) {
    for _ in 0..500 {
        let calls = portal.requests_of("deliver-mail").await;
        if calls.iter().filter(|call| call["action"] == "SendEmail").count() == times {
            tokio::time::sleep(Duration::from_millis(500)).await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("SES was not asked {times} times");
}
