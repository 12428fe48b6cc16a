//! Changes of the address by a mailed link, and taking them back.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;
const NDIAYE: Household = Household::NDIAYE;
const SECOND: &str = "camille@deuxieme.example";
const THIRD: &str = "camille@troisieme.example";
const NEW_PASSWORD: &str = "sept oies grises 7";

async fn ask(browser: &Browser, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    browser.post("/api/account/email-changes", &body).await
}

async fn confirm(browser: &Browser, token: &str) -> Answer {
    browser.post("/api/email-changes/confirm", &json!({"token": token})).await
}

async fn confirm_with(browser: &Browser, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    browser.post("/api/email-changes/confirm", &body).await
}

async fn revert(browser: &Browser, token: &str) -> Answer {
    browser.post("/api/email-changes/revert", &json!({"token": token})).await
}

async fn reset(portal: &Portal, token: &str) -> Answer {
    let body = json!({"token": token, "password": NEW_PASSWORD});
    portal.browser().post("/api/password-resets/confirm", &body).await
}

async fn shown(portal: &Portal, token: &str) -> Value {
    show_in(&portal.browser(), token).await["status"].clone()
}

/// The answer of `show-link` to `browser`.
async fn show_in(browser: &Browser, token: &str) -> Value {
    let answer = browser.post("/api/links/show", &json!({"token": token})).await;
    answer.expect_status(200).json
}

/// The newest mail with this name to `address`, once the mails have settled.
async fn newest(portal: &Portal, address: &str, name: &str) -> Value {
    portal.settle().await;
    let mails = portal.mails_to(address).await;
    let mail = mails.iter().find(|mail| mail["tags"]["mail"] == name);
    mail.unwrap_or_else(|| panic!("no {name} to {address}")).clone()
}

/// The token in the newest mail with this name to `address`.
async fn token_of(portal: &Portal, address: &str, name: &str) -> String {
    token_in(&newest(portal, address, name).await).expect("a link with a token")
}

/// Signs `household` in and asks for `email`. Returns the signed-in browser and the token mailed to
/// `email`.
async fn asked(portal: &Portal, household: &Household, email: &str) -> (Browser, String) {
    let browser = portal.browser();
    browser.sign_in(household).await.expect_status(200);
    ask(&browser, email, household.password).await.expect_status(202);
    let token = token_of(portal, email, "email-change-confirm").await;
    (browser, token)
}

/// Changes the address of `household` to `email`. Returns the changed household and the token that
/// takes the change back.
async fn moved(portal: &Portal, household: &Household, email: &'static str) -> (Household, String) {
    let (browser, token) = asked(portal, household, email).await;
    confirm(&browser, &token).await.expect_status(200);
    let back = token_of(portal, household.email, "email-changed").await;
    (Household { email, ..*household }, back)
}

/// Checks that `household` can sign in with its present address.
async fn signs_in(portal: &Portal, household: &Household) {
    let browser = portal.browser();
    browser.sign_in(household).await.expect_status(200);
    assert_eq!(browser.account().await.json["email"], household.email);
}

async fn is_refused(portal: &Portal, household: &Household) {
    portal.browser().sign_in(household).await.expect_problem(401, "bad_credentials");
}

/// The parts of an answer that could reveal whether an address is free.
fn telling(answer: &Answer) -> (u16, String, Vec<String>) {
    let changes = ["date", "x-request-id", "apigw-requestid"];
    let names = answer.headers.keys().map(|name| name.as_str().to_owned());
    let shown = names.filter(|name| !changes.contains(&name.as_str()));
    let headers = shown.map(|name| format!("{name}: {}", answer.header(&name))).collect();
    (answer.status.as_u16(), answer.body.clone(), headers)
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn a_free_address_and_a_taken_one_are_answered_alike_and_the_taken_one_is_not_mailed() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.tenant(&NDIAYE).await;
    portal.forget_requests().await;

    let free = ask(&browser, SECOND, MARTIN.password).await.expect_status(202);
    let for_free = portal.requests_of("change-email").await;
    portal.forget_requests().await;
    let taken = ask(&browser, NDIAYE.email, MARTIN.password).await.expect_status(202);
    let for_taken = portal.requests_of("change-email").await;

    assert_eq!(telling(&free), telling(&taken));
    assert_eq!(free.body, "");
    assert_eq!(actions(&for_free), actions(&for_taken));
    portal.settle().await;
    assert_eq!(portal.mail_names_to(SECOND).await, ["email-change-confirm"]);
    assert_eq!(portal.mails_to(NDIAYE.email).await.len(), 2);
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);
}

/// The actions of a function's calls, sorted, because it makes some concurrently.
fn actions(calls: &[Value]) -> Vec<String> {
    let calls = calls.iter().filter(|call| call["service"] == "dynamodb");
    let mut actions: Vec<String> = calls.map(|call| call["action"].to_string()).collect();
    actions.sort();
    actions
}

#[tokio::test]
async fn the_present_address_is_not_allowed_in_any_spelling() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    for email in [MARTIN.email, " Camille.MARTIN@Exemple.example "] {
        let answer = ask(&browser, email, MARTIN.password).await;
        answer.expect_faults(&[("email", "not_allowed")]);
    }

    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);
}

#[tokio::test]
async fn an_address_change_without_address_or_password_is_refused() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let send = async |body| browser.post("/api/account/email-changes", &body).await;

    send(json!({})).await.expect_faults(&[("email", "required"), ("password", "required")]);
    let answer = send(json!({"email": "camille", "password": MARTIN.password})).await;
    answer.expect_faults(&[("email", "invalid_email")]);
    let more = json!({"email": SECOND, "password": MARTIN.password, "language": "en"});
    send(more).await.expect_faults(&[("language", "unknown_field")]);
    let answer = send(json!({"email": [SECOND], "password": MARTIN.password})).await;
    answer.expect_problem(400, "malformed_body");
    let answer = ask(&portal.browser(), SECOND, MARTIN.password).await;
    answer.expect_problem(401, "unauthenticated");

    portal.settle().await;
    assert!(portal.mails_to(SECOND).await.is_empty());
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_password_is_asked_for_again_and_counts_as_a_sign_in() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = portal.tenant(&MARTIN).await;

    for _ in 0..10 {
        let answer = ask(&browser, SECOND, "pas le bon 0").await;
        answer.expect_faults(&[("password", "wrong_password")]);
    }

    let refused = ask(&browser, SECOND, MARTIN.password).await;
    refused.expect_problem(429, "too_many_attempts");
    portal.settle().await;
    assert!(portal.mails_to(SECOND).await.is_empty());
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn one_address_is_mailed_five_confirmations_an_hour_and_the_answers_stay_the_same() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    let browser = portal.tenant(&MARTIN).await;

    for _ in 0..7 {
        let answer = ask(&browser, SECOND, MARTIN.password).await.expect_status(202);
        assert_eq!(answer.body, "");
    }

    portal.settle().await;
    assert_eq!(portal.mails_to(SECOND).await.len(), 5);
}

#[tokio::test]
async fn until_it_is_confirmed_the_old_address_stays_in_force() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    ask(&browser, SECOND, MARTIN.password).await.expect_status(202);
    let mail = newest(&portal, SECOND, "email-change-confirm").await;

    assert_eq!(browser.account().await.expect_status(200).json["email"], MARTIN.email);
    signs_in(&portal, &MARTIN).await;
    is_refused(&portal, &Household { email: SECOND, ..MARTIN }).await;
    assert_eq!(mail["to"], SECOND);
    let text = mail["text"].as_str().unwrap();
    for personal in ["Camille", "Martin", MARTIN.lease] {
        assert!(!text.contains(personal), "a stranger may read it: {text}");
    }
}

#[tokio::test]
async fn a_confirmed_address_is_the_identifier_ends_every_session_and_the_old_one_is_told() {
    let portal = Portal::open().await;
    let phone = portal.tenant(&MARTIN).await;
    let computer = portal.browser();
    computer.sign_in_to_stay(&MARTIN).await.expect_status(200);
    ask(&phone, " Camille@Deuxieme.Example ", MARTIN.password).await.expect_status(202);
    let token = token_of(&portal, SECOND, "email-change-confirm").await;

    let answer = confirm(&phone, &token).await.expect_status(200);

    assert_eq!(answer.json, json!({"email": "Camille@deuxieme.example"}));
    for session in [&phone, &computer] {
        session.account().await.expect_problem(401, "unauthenticated");
        session.refresh().await.expect_problem(401, "unauthenticated");
    }
    is_refused(&portal, &MARTIN).await;
    portal.browser().sign_in(&Household { email: SECOND, ..MARTIN }).await.expect_status(200);
    let told = newest(&portal, MARTIN.email, "email-changed").await;
    for part in ["text", "html"] {
        let part = told[part].as_str().unwrap();
        assert!(part.contains("C…@deuxieme.example"), "{part}");
        assert!(!part.to_lowercase().contains(SECOND), "{part}");
        assert!(part.contains("/retablir-adresse#"), "{part}");
    }
    assert_eq!(portal.mails_to(SECOND).await.len(), 1, "only the mail with the link");
}

#[tokio::test]
async fn a_stranger_at_a_mistyped_address_confirms_nothing() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (browser, token) = asked(&portal, &MARTIN, SECOND).await;
    let stranger = portal.browser();

    let needs_password = show_in(&stranger, &token).await["needs_password"].clone();
    confirm(&stranger, &token).await.expect_faults(&[("password", "required")]);
    confirm_with(&stranger, &token, "").await.expect_faults(&[("password", "required")]);
    for wrong in ["pas le bon 0", "sept oies grises 7"] {
        let answer = confirm_with(&stranger, &token, wrong).await;
        answer.expect_faults(&[("password", "wrong_password")]);
    }
    let session = browser.cookie("__Host-session").unwrap();
    let (id, secret) = session.split_once('.').unwrap();
    let other_secret: String = secret.chars().rev().collect();
    for no_session in ["", "x", id, &format!("{id}."), &format!("{id}.{other_secret}")] {
        stranger.set_cookie("__Host-session", Some(no_session));
        confirm(&stranger, &token).await.expect_faults(&[("password", "required")]);
    }

    assert_eq!(needs_password, true);
    assert_eq!(shown(&portal, &token).await, "valid");
    assert_eq!(browser.account().await.expect_status(200).json["email"], MARTIN.email);
    signs_in(&portal, &MARTIN).await;
    is_refused(&portal, &Household { email: SECOND, ..MARTIN }).await;
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test]
async fn the_session_of_another_account_confirms_nothing() {
    let portal = Portal::open().await;
    let other = portal.tenant(&NDIAYE).await;
    portal.tenant(&MARTIN).await;
    let (browser, token) = asked(&portal, &MARTIN, SECOND).await;

    assert_eq!(show_in(&other, &token).await["needs_password"], true);
    confirm(&other, &token).await.expect_faults(&[("password", "required")]);
    let answer = confirm_with(&other, &token, NDIAYE.password).await;
    answer.expect_faults(&[("password", "wrong_password")]);

    assert_eq!(other.account().await.expect_status(200).json["email"], NDIAYE.email);
    assert_eq!(browser.account().await.expect_status(200).json["email"], MARTIN.email);
    assert_eq!(show_in(&browser, &token).await["needs_password"], false);
    confirm(&browser, &token).await.expect_status(200);
    other.account().await.expect_status(200);
    signs_in(&portal, &Household { email: SECOND, ..MARTIN }).await;
}

#[tokio::test]
async fn a_session_that_has_ended_confirms_nothing_and_the_password_does() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (browser, token) = asked(&portal, &MARTIN, SECOND).await;
    let copy = browser.copy();
    browser.sign_out().await.expect_status(204);

    for browser in [&browser, &copy] {
        assert_eq!(show_in(browser, &token).await["needs_password"], true);
        confirm(browser, &token).await.expect_faults(&[("password", "required")]);
    }
    let answer = confirm_with(&portal.browser(), &token, MARTIN.password).await;

    assert_eq!(answer.expect_status(200).json, json!({"email": SECOND}));
    signs_in(&portal, &Household { email: SECOND, ..MARTIN }).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_session_that_has_expired_confirms_nothing_swept_or_not() {
    for swept in [false, true] {
        let portal = Portal::open().await;
        portal.tenant(&MARTIN).await;
        let (browser, token) = asked(&portal, &MARTIN, SECOND).await;

        portal.advance("PT12H1M").await;
        if swept {
            portal.delete_expired_rows().await;
        }

        confirm(&browser, &token).await.expect_faults(&[("password", "required")]);
    }
}

/// The copy has the secret that was replaced.
#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_former_secret_of_a_session_confirms_nothing() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (browser, token) = asked(&portal, &MARTIN, SECOND).await;
    let copy = browser.copy();
    portal.advance("PT61M").await;
    browser.refresh().await.expect_status(200);
    browser.refresh().await.expect_status(200);
    portal.advance("PT31S").await;

    confirm(&copy, &token).await.expect_faults(&[("password", "required")]);
}

// The row of the ended session stays until it expires.
#[tokio::test]
async fn a_session_that_a_change_of_password_has_ended_confirms_nothing() {
    let portal = Portal::open().await;
    let elsewhere = portal.tenant(&MARTIN).await;
    let browser = portal.browser();
    browser.sign_in(&MARTIN).await.expect_status(200);
    let change = json!({"current_password": MARTIN.password, "new_password": "sept oies grises 7"});
    let changed = browser.send(reqwest::Method::PUT, "/api/account/password", &change).await;
    changed.expect_status(204);
    ask(&browser, SECOND, "sept oies grises 7").await.expect_status(202);
    let token = token_of(&portal, SECOND, "email-change-confirm").await;

    let shown = elsewhere.post("/api/links/show", &json!({"token": token})).await;
    assert_eq!(shown.expect_status(200).json["needs_password"], true);
    confirm(&elsewhere, &token).await.expect_faults(&[("password", "required")]);

    confirm(&browser, &token).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn passwords_tried_at_a_confirmation_are_counted_as_sign_ins() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:01:10Z").await;
    portal.tenant(&MARTIN).await;
    let (browser, token) = asked(&portal, &MARTIN, SECOND).await;
    let thief = portal.browser().from_source("198.51.100.7");

    for _ in 0..10 {
        let answer = confirm_with(&thief, &token, "pas le bon 0").await;
        answer.expect_faults(&[("password", "wrong_password")]);
    }

    let refused = confirm_with(&thief, &token, MARTIN.password).await;
    let refused = refused.expect_problem(429, "too_many_attempts");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((800..=840).contains(&wait), "{wait}");
    thief.sign_in(&MARTIN).await.expect_problem(429, "too_many_attempts");
    assert_eq!(browser.account().await.expect_status(200).json["email"], MARTIN.email);
    // Those attempts count against no other source and no signed-in browser.
    let elsewhere = portal.browser().from_source("198.51.100.8");
    let answer = confirm_with(&elsewhere, &token, "pas le bon 0").await;
    answer.expect_faults(&[("password", "wrong_password")]);
    confirm(&browser, &token).await.expect_status(200);
}

#[tokio::test]
async fn a_confirmation_followed_again_answers_the_same_and_does_no_more() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (signed_in, token) = asked(&portal, &MARTIN, SECOND).await;
    let first = confirm(&signed_in, &token).await.expect_status(200);
    let household = Household { email: SECOND, ..MARTIN };
    let browser = portal.browser();
    browser.sign_in(&household).await.expect_status(200);

    let again = confirm(&portal.browser(), &token).await.expect_status(200);

    assert_eq!(again.json, first.json);
    assert_eq!(shown(&portal, &token).await, "used");
    browser.account().await.expect_status(200);
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 3);
    assert_eq!(portal.mails_to(SECOND).await.len(), 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_confirmation_expires_after_a_day_swept_or_not() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (_, token) = asked(&portal, &MARTIN, SECOND).await;
    portal.advance("PT23H59M").await;
    assert_eq!(shown(&portal, &token).await, "valid");
    let browser = portal.browser();
    browser.sign_in(&MARTIN).await.expect_status(200);

    portal.advance("PT1M").await;

    for browser in [&browser, &portal.browser()] {
        confirm(browser, &token).await.expect_problem(410, "link_expired");
    }
    assert_eq!(shown(&portal, &token).await, "expired");
    portal.delete_expired_rows().await;
    confirm(&browser, &token).await.expect_problem(410, "link_expired");
    signs_in(&portal, &MARTIN).await;
}

#[tokio::test]
async fn a_password_change_voids_a_confirmation_asked_for_before() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let (_, token) = asked(&portal, &MARTIN, SECOND).await;
    let change = json!({"current_password": MARTIN.password, "new_password": NEW_PASSWORD});
    let change = browser.send(reqwest::Method::PUT, "/api/account/password", &change).await;
    change.expect_status(204);

    confirm(&browser, &token).await.expect_problem(410, "link_expired");

    assert_eq!(shown(&portal, &token).await, "expired");
    signs_in(&portal, &Household { password: NEW_PASSWORD, ..MARTIN }).await;
}

#[tokio::test]
async fn of_two_requested_addresses_the_first_confirmed_counts() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (browser, second) = asked(&portal, &MARTIN, SECOND).await;
    let (other, third) = asked(&portal, &MARTIN, THIRD).await;

    confirm(&browser, &second).await.expect_status(200);
    for browser in [&browser, &other, &portal.browser()] {
        confirm(browser, &third).await.expect_problem(410, "link_expired");
    }

    signs_in(&portal, &Household { email: SECOND, ..MARTIN }).await;
}

#[tokio::test]
async fn an_address_taken_meanwhile_is_refused_and_changes_nothing() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (signed_in, token) = asked(&portal, &MARTIN, SECOND).await;
    let other = Household { email: SECOND, ..NDIAYE };
    let browser = portal.browser();
    browser.register(&other).await.expect_status(202);
    let activation = token_of(&portal, SECOND, "activation").await;
    browser.activate(&activation).await.expect_status(200);

    confirm(&signed_in, &token).await.expect_problem(409, "email_already_used");

    signs_in(&portal, &MARTIN).await;
    signs_in(&portal, &other).await;
    portal.settle().await;
    assert_eq!(portal.mails_to(MARTIN.email).await.len(), 2);
}

#[tokio::test]
async fn of_two_accounts_that_confirm_one_address_at_once_one_has_it() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    portal.tenant(&NDIAYE).await;
    let (martin, one) = asked(&portal, &MARTIN, SECOND).await;
    let (ndiaye, two) = asked(&portal, &NDIAYE, SECOND).await;
    assert_ne!(one, two);

    let (first, second) = tokio::join!(confirm(&martin, &one), confirm(&ndiaye, &two));

    let first_won = first.status == 200;
    let (won, lost) = if first_won { (first, second) } else { (second, first) };
    won.expect_status(200);
    lost.expect_problem(409, "email_already_used");
    let (winner, loser) = if first_won { (MARTIN, NDIAYE) } else { (NDIAYE, MARTIN) };
    signs_in(&portal, &Household { email: SECOND, ..winner }).await;
    signs_in(&portal, &loser).await;
}

#[tokio::test]
async fn a_confirmation_posted_eight_times_at_once_is_done_once_and_answered_eight_times() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (browser, token) = asked(&portal, &MARTIN, SECOND).await;

    let tabs: Vec<Browser> = (0..8).map(|_| browser.copy()).collect();
    let posts = tabs.iter().map(|tab| confirm(tab, &token));
    let answers = futures_util::future::join_all(posts).await;

    for answer in answers {
        assert_eq!(answer.expect_status(200).json, json!({"email": SECOND}));
    }
    portal.settle().await;
    assert_eq!(
        portal.mail_names_to(MARTIN.email).await,
        ["activation", "account-activated", "email-changed"]
    );
    signs_in(&portal, &Household { email: SECOND, ..MARTIN }).await;
}

/// Delays reads so that one of two calls of `function` reads the account after the other has
/// changed it: both links are read late, and one account.
async fn reads_cross(portal: &Portal, function: &str) {
    let slow = json!({
        "service": "dynamodb", "function": function, "action": "GetItem", "fail": "slow", "count": 3,
    });
    portal.set_fault(&slow).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_link_that_is_used_while_it_is_followed_again_is_answered_twice() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (one, token) = asked(&portal, &MARTIN, SECOND).await;
    let two = one.copy();

    reads_cross(&portal, "confirm-email").await;
    let confirmed = tokio::join!(confirm(&one, &token), confirm(&two, &token));
    let back = token_of(&portal, MARTIN.email, "email-changed").await;
    reads_cross(&portal, "revert-email").await;
    let reverted = tokio::join!(revert(&one, &back), revert(&two, &back));

    for (answers, email) in [(confirmed, SECOND), (reverted, MARTIN.email)] {
        assert_eq!(answers.0.expect_status(200).json["email"], email);
        assert_eq!(answers.1.expect_status(200).json["email"], email);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn a_forged_or_foreign_link_changes_no_address() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    let activation = portal.link_mailed_to(MARTIN.email).await;
    browser.activate(&activation).await.expect_status(200);
    let (household, back) = moved(&portal, &MARTIN, SECOND).await;
    let (browser, token) = asked(&portal, &household, THIRD).await;
    let forged = |token: &str| {
        let mut forged = token.to_owned();
        let last = if forged.ends_with('A') { "E" } else { "A" };
        forged.replace_range(forged.len() - 1.., last);
        forged
    };
    portal.forget_requests().await;

    for no_confirmation in [&activation, &back, &forged(&token), "x", "../../etc/passwd"] {
        confirm(&browser, no_confirmation).await.expect_problem(400, "link_invalid");
    }
    for no_revert in [&activation, &token, &forged(&back), "x", &"A".repeat(43)] {
        revert(&browser, no_revert).await.expect_problem(400, "link_invalid");
    }
    confirm(&browser, "").await.expect_faults(&[("token", "required")]);
    revert(&browser, "").await.expect_faults(&[("token", "required")]);

    for function in ["confirm-email", "revert-email"] {
        let calls = portal.requests_of(function).await;
        let reads = calls.iter().filter(|call| call["service"] == "dynamodb").count();
        assert_eq!(reads, 0, "{function} reads: {calls:#?}");
    }
    signs_in(&portal, &household).await;
}

#[tokio::test]
async fn taking_a_change_back_restores_the_address_and_only_a_mail_to_it_gives_access() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (thief, back) = moved(&portal, &MARTIN, SECOND).await;
    let session = portal.browser();
    session.sign_in_to_stay(&thief).await.expect_status(200);

    let answer = revert(&portal.browser(), &back).await.expect_status(200);

    assert_eq!(answer.json, json!({"email": MARTIN.email}));
    session.account().await.expect_problem(401, "unauthenticated");
    session.refresh().await.expect_problem(401, "unauthenticated");
    is_refused(&portal, &thief).await;
    is_refused(&portal, &MARTIN).await;
    let token = token_of(&portal, MARTIN.email, "password-reset").await;
    assert_eq!(portal.mails_to(SECOND).await.len(), 1, "only the confirmation");
    reset(&portal, &token).await.expect_status(204);
    signs_in(&portal, &Household { password: NEW_PASSWORD, ..MARTIN }).await;
    is_refused(&portal, &Household { password: NEW_PASSWORD, ..thief }).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_change_can_be_taken_back_for_seven_days() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (_, back) = moved(&portal, &MARTIN, SECOND).await;

    portal.advance("PT167H59M").await;

    assert_eq!(shown(&portal, &back).await, "valid");
    revert(&portal.browser(), &back).await.expect_status(200);
    let token = token_of(&portal, MARTIN.email, "password-reset").await;
    reset(&portal, &token).await.expect_status(204);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_change_cannot_be_taken_back_after_seven_days_swept_or_not() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (household, back) = moved(&portal, &MARTIN, SECOND).await;

    portal.advance("P7D").await;

    revert(&portal.browser(), &back).await.expect_problem(410, "link_expired");
    portal.delete_expired_rows().await;
    revert(&portal.browser(), &back).await.expect_problem(410, "link_expired");
    signs_in(&portal, &household).await;
}

#[tokio::test]
async fn a_revert_followed_again_answers_the_same_and_does_no_more() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (_, back) = moved(&portal, &MARTIN, SECOND).await;
    let first = revert(&portal.browser(), &back).await.expect_status(200);
    let token = token_of(&portal, MARTIN.email, "password-reset").await;
    reset(&portal, &token).await.expect_status(204);
    let household = Household { password: NEW_PASSWORD, ..MARTIN };

    let again = revert(&portal.browser(), &back).await.expect_status(200);

    assert_eq!(again.json, first.json);
    assert_eq!(shown(&portal, &back).await, "used");
    signs_in(&portal, &household).await;
    assert_eq!(
        portal.mail_names_to(MARTIN.email).await,
        ["activation", "account-activated", "email-changed", "password-reset", "password-changed"]
    );
}

#[tokio::test]
async fn a_revert_posted_eight_times_at_once_is_done_once_and_answered_eight_times() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (_, back) = moved(&portal, &MARTIN, SECOND).await;

    let browsers: Vec<Browser> = (0..8).map(|_| portal.browser()).collect();
    let posts = browsers.iter().map(|browser| revert(browser, &back));
    let answers = futures_util::future::join_all(posts).await;

    for answer in answers {
        assert_eq!(answer.expect_status(200).json, json!({"email": MARTIN.email}));
    }
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "email-changed", "password-reset"]);
}

#[tokio::test]
async fn the_first_revert_restores_its_address_whatever_came_after_and_voids_the_later_one() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (second, first_back) = moved(&portal, &MARTIN, SECOND).await;
    let (third, second_back) = moved(&portal, &second, THIRD).await;

    let answer = revert(&portal.browser(), &first_back).await.expect_status(200);

    assert_eq!(answer.json["email"], MARTIN.email);
    revert(&portal.browser(), &second_back).await.expect_problem(410, "link_expired");
    assert_eq!(shown(&portal, &second_back).await, "expired");
    let token = token_of(&portal, MARTIN.email, "password-reset").await;
    reset(&portal, &token).await.expect_status(204);
    signs_in(&portal, &Household { password: NEW_PASSWORD, ..MARTIN }).await;
    for household in [second, third] {
        is_refused(&portal, &household).await;
        is_refused(&portal, &Household { password: NEW_PASSWORD, ..household }).await;
    }
}

#[tokio::test]
async fn the_later_revert_restores_its_address_and_the_first_one_still_works() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (second, first_back) = moved(&portal, &MARTIN, SECOND).await;
    let (_, second_back) = moved(&portal, &second, THIRD).await;

    let later = revert(&portal.browser(), &second_back).await.expect_status(200);
    assert_eq!(later.json["email"], SECOND);
    let token = token_of(&portal, SECOND, "password-reset").await;
    let first = revert(&portal.browser(), &first_back).await.expect_status(200);

    assert_eq!(first.json["email"], MARTIN.email);
    // The holder of the second address has lost access, and the link mailed there is void.
    reset(&portal, &token).await.expect_problem(410, "link_expired");
    let token = token_of(&portal, MARTIN.email, "password-reset").await;
    reset(&portal, &token).await.expect_status(204);
    signs_in(&portal, &Household { password: NEW_PASSWORD, ..MARTIN }).await;
}

#[tokio::test]
async fn a_change_made_after_a_revert_can_be_taken_back() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (_, back) = moved(&portal, &MARTIN, SECOND).await;
    revert(&portal.browser(), &back).await.expect_status(200);
    let token = token_of(&portal, MARTIN.email, "password-reset").await;
    reset(&portal, &token).await.expect_status(204);
    let household = Household { password: NEW_PASSWORD, ..MARTIN };
    let (third, again) = moved(&portal, &household, THIRD).await;
    signs_in(&portal, &third).await;

    let answer = revert(&portal.browser(), &again).await.expect_status(200);

    assert_eq!(answer.json["email"], MARTIN.email);
    is_refused(&portal, &third).await;
}

#[tokio::test]
async fn a_revert_to_the_present_address_also_ends_sessions_and_password() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (second, first_back) = moved(&portal, &MARTIN, SECOND).await;
    let (household, second_back) = moved(&portal, &second, MARTIN.email).await;
    let session = portal.browser();
    session.sign_in(&household).await.expect_status(200);

    let answer = revert(&portal.browser(), &first_back).await.expect_status(200);

    assert_eq!(answer.json["email"], MARTIN.email);
    session.account().await.expect_problem(401, "unauthenticated");
    is_refused(&portal, &MARTIN).await;
    revert(&portal.browser(), &second_back).await.expect_problem(410, "link_expired");
    let token = token_of(&portal, MARTIN.email, "password-reset").await;
    reset(&portal, &token).await.expect_status(204);
    signs_in(&portal, &Household { password: NEW_PASSWORD, ..MARTIN }).await;
}

/// Posts twice: the second time while the table delays the write of `function` for the first by a
/// second.
async fn overtaken(
    portal: &Portal,
    function: &str,
    first: impl Future<Output = Answer>,
    second: impl Future<Output = Answer>,
) -> (Answer, Answer) {
    let slow = json!({
        "service": "dynamodb", "function": function, "action": "TransactWriteItems",
        "fail": "slow", "count": 1,
    });
    portal.set_fault(&slow).await;
    let later = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        second.await
    };
    tokio::join!(first, later)
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_revert_overtaken_by_a_later_one_restores_its_address_all_the_same() {
    for last in [THIRD, MARTIN.email] {
        let portal = Portal::open().await;
        portal.tenant(&MARTIN).await;
        let (second, first_back) = moved(&portal, &MARTIN, SECOND).await;
        let (_, second_back) = moved(&portal, &second, last).await;
        let (one, two) = (portal.browser(), portal.browser());

        let reverts = (revert(&one, &first_back), revert(&two, &second_back));
        let (first, later) = overtaken(&portal, "revert-email", reverts.0, reverts.1).await;

        assert_eq!(later.expect_status(200).json["email"], SECOND);
        assert_eq!(first.expect_status(200).json["email"], MARTIN.email);
        let token = token_of(&portal, MARTIN.email, "password-reset").await;
        reset(&portal, &token).await.expect_status(204);
        signs_in(&portal, &Household { password: NEW_PASSWORD, ..MARTIN }).await;
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_revert_overtaken_by_an_earlier_one_is_void() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (second, first_back) = moved(&portal, &MARTIN, SECOND).await;
    let (_, second_back) = moved(&portal, &second, THIRD).await;
    let (one, two) = (portal.browser(), portal.browser());

    let reverts = (revert(&one, &second_back), revert(&two, &first_back));
    let (later, first) = overtaken(&portal, "revert-email", reverts.0, reverts.1).await;

    assert_eq!(first.expect_status(200).json["email"], MARTIN.email);
    later.expect_problem(410, "link_expired");
    token_of(&portal, MARTIN.email, "password-reset").await;
    is_refused(&portal, &second).await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_confirmation_overtaken_by_another_of_the_same_address_has_expired() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (_, one) = asked(&portal, &MARTIN, SECOND).await;
    let (browser, two) = asked(&portal, &MARTIN, SECOND).await;

    let confirmations = (confirm(&browser, &one), confirm(&browser, &two));
    let (first, later) =
        overtaken(&portal, "confirm-email", confirmations.0, confirmations.1).await;

    assert_eq!(later.expect_status(200).json["email"], SECOND);
    // No other account has the address.
    first.expect_problem(410, "link_expired");
    signs_in(&portal, &Household { email: SECOND, ..MARTIN }).await;
}

#[tokio::test]
async fn a_revert_outlives_the_passwords_that_were_set_since() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (thief, back) = moved(&portal, &MARTIN, SECOND).await;
    let forgotten = json!({"email": SECOND});
    portal.browser().post("/api/password-resets", &forgotten).await.expect_status(202);
    let token = token_of(&portal, SECOND, "password-reset").await;
    reset(&portal, &token).await.expect_status(204);
    let thief = Household { password: NEW_PASSWORD, ..thief };
    let browser = portal.browser();
    browser.sign_in(&thief).await.expect_status(200);
    let change = json!({"current_password": NEW_PASSWORD, "new_password": "huit loups roux 8"});
    let change = browser.send(reqwest::Method::PUT, "/api/account/password", &change).await;
    change.expect_status(204);

    let answer = revert(&portal.browser(), &back).await.expect_status(200);

    assert_eq!(answer.json["email"], MARTIN.email);
    browser.account().await.expect_problem(401, "unauthenticated");
    is_refused(&portal, &Household { password: "huit loups roux 8", ..thief }).await;
}

#[tokio::test]
async fn links_that_a_thief_asked_for_are_void_once_the_change_is_taken_back() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (thief, back) = moved(&portal, &MARTIN, SECOND).await;
    let (session, confirmation) = asked(&portal, &thief, THIRD).await;
    let forgotten = json!({"email": SECOND});
    portal.browser().post("/api/password-resets", &forgotten).await.expect_status(202);
    let password = token_of(&portal, SECOND, "password-reset").await;

    revert(&portal.browser(), &back).await.expect_status(200);

    confirm(&session, &confirmation).await.expect_problem(410, "link_expired");
    reset(&portal, &password).await.expect_problem(410, "link_expired");
}

#[tokio::test]
async fn a_revert_does_not_take_an_address_that_another_account_now_has() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (moved, back) = moved(&portal, &MARTIN, SECOND).await;
    let other = Household { email: MARTIN.email, ..NDIAYE };
    let browser = portal.browser();
    browser.register(&other).await.expect_status(202);
    let activation = token_of(&portal, MARTIN.email, "activation").await;
    browser.activate(&activation).await.expect_status(200);

    revert(&portal.browser(), &back).await.expect_problem(409, "email_already_used");

    signs_in(&portal, &moved).await;
    signs_in(&portal, &other).await;
}

#[tokio::test]
async fn a_closed_account_confirms_and_takes_back_nothing() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (household, back) = moved(&portal, &MARTIN, SECOND).await;
    let (session, token) = asked(&portal, &household, THIRD).await;
    let closure = json!({"lease": MARTIN.lease, "reason": "Départ"}).to_string();
    let path = "/api/agency/closures";
    let closed = portal.agency(reqwest::Method::POST, path, "application/json", closure.into());
    closed.await.expect_status(204);

    confirm(&session, &token).await.expect_problem(410, "link_expired");
    revert(&portal.browser(), &back).await.expect_problem(410, "link_expired");

    is_refused(&portal, &household).await;
    is_refused(&portal, &MARTIN).await;
}

#[tokio::test]
async fn mails_about_an_address_are_in_the_language_of_the_account() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let english = json!({"language": "en"});
    browser.send(reqwest::Method::PATCH, "/api/account", &english).await.expect_status(200);

    let (_, back) = moved(&portal, &MARTIN, SECOND).await;
    revert(&portal.browser().in_language("fr"), &back).await.expect_status(200);

    for (address, name, subject) in [
        (SECOND, "email-change-confirm", "Confirm your new e-mail address"),
        (MARTIN.email, "email-changed", "Your e-mail address has been changed"),
        (MARTIN.email, "password-reset", "Choose a new password"),
    ] {
        assert_eq!(newest(&portal, address, name).await["subject"], subject);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_confirmation_whose_answer_was_lost_is_done_and_answers_when_asked_again() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let (browser, token) = asked(&portal, &MARTIN, SECOND).await;
    let lost = json!({
        "service": "dynamodb", "function": "confirm-email", "action": "TransactWriteItems",
        "fail": "lost-answer", "count": 1,
    });
    portal.set_fault(&lost).await;

    let answer = confirm(&browser, &token).await;
    if answer.status != 200 {
        answer.expect_problem(503, "unavailable");
        confirm(&browser, &token).await.expect_status(200);
    }

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "email-changed"]);
    signs_in(&portal, &Household { email: SECOND, ..MARTIN }).await;
}
