//! A household's change to another lease.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;
const NDIAYE: Household = Household::NDIAYE;
/// The lease that the household changes to, with another name and another agency.
const NEW_LEASE: &str = "34567890";

/// Imports [`NEW_LEASE`] with this exit date.
async fn with_new_lease(portal: &Portal, ends_on: &str) {
    let row = format!("{NEW_LEASE},Durand,Paule,Agence du Parc,parc@bailleur.example,{ends_on},,");
    portal.import(&[row]).await.expect_status(200);
}

async fn to_lease(browser: &Browser, lease: &str, last_name: &str, password: &str) -> Answer {
    let body = json!({"lease": lease, "last_name": last_name, "password": password});
    browser.send(Method::PUT, "/api/account/lease", &body).await
}

/// The account of a lease, as shown to the landlord's system.
async fn account_of(portal: &Portal, lease: &str) -> Value {
    portal.lease(lease).await.expect_status(200).json["account"].clone()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_household_that_moves_keeps_its_account_and_follows_the_new_lease() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    with_new_lease(&portal, "2031-11-30").await;
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in(&MARTIN).await.expect_status(200);
    let before = browser.account().await.json;

    let moved = to_lease(&browser, "L 3456 7890", "DURAND", MARTIN.password).await;

    let mut expected = before;
    expected["lease"] = json!(NEW_LEASE);
    expected["last_name"] = json!("Durand");
    expected["first_name"] = json!("Paule");
    expected["agency"] = json!({"name": "Agence du Parc", "email": "parc@bailleur.example"});
    expected["closes_on"] = json!("2032-02-29");
    assert_eq!(moved.expect_status(200).json, expected);
    for browser in [&browser, &other] {
        assert_eq!(browser.account().await.expect_status(200).json, expected);
    }
    assert_eq!(account_of(&portal, NEW_LEASE).await["status"], "active");
    assert_eq!(account_of(&portal, MARTIN.lease).await, Value::Null);
    browser.refresh().await.expect_status(200);
    assert_eq!(claims(&browser)["lease"], NEW_LEASE);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "lease-changed"]);
}

/// The claims in the access token of `browser`.
fn claims(browser: &Browser) -> Value {
    let token = browser.access_token().unwrap();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn the_lease_left_behind_is_free_for_its_next_household() {
    let portal = Portal::open().await;
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;
    to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await.expect_status(200);

    let next = Household { email: "suivants@exemple.example", ..MARTIN };
    let next_browser = portal.tenant(&next).await;

    let account = next_browser.account().await.json;
    assert_eq!(account["lease"], MARTIN.lease);
    assert_ne!(account["id"], browser.account().await.json["id"]);
    // Changes of the old lease only concern its new household.
    portal.import(&[MARTIN.row("2027-06-30")]).await.expect_status(200);
    assert_eq!(browser.account().await.json["closes_on"], Value::Null);
    assert_eq!(next_browser.account().await.json["closes_on"], "2027-09-30");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_end_of_the_old_lease_does_not_end_the_account_that_moved() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    portal.import(&[MARTIN.row("2031-02-28")]).await.expect_status(200);
    portal.import(&[MARTIN.row("2031-04-15")]).await.expect_status(200);
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;
    assert_eq!(browser.account().await.json["closes_on"], "2031-07-15");
    to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await.expect_status(200);

    portal.set_clock("2031-07-16T03:00:00Z").await;
    let run = json!({"time": "2031-07-16T03:00:00Z"});
    portal.invoke("expire-accounts", &run).await.expect_status(200);

    browser.sign_in(&MARTIN).await.expect_status(200);
    assert_eq!(browser.account().await.json["closes_on"], Value::Null);
}

#[tokio::test]
async fn changing_to_the_present_lease_changes_nothing() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let before = browser.account().await.json;

    let answer = to_lease(&browser, MARTIN.lease, "martin", MARTIN.password).await;

    assert_eq!(answer.expect_status(200).json, before);
    assert_eq!(account_of(&portal, MARTIN.lease).await["status"], "active");
}

#[tokio::test]
async fn requests_about_the_old_lease_are_not_listed_as_done() {
    let portal = Portal::open().await;
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;
    let asked = json!({"kind": "close-account"});
    let path = "/api/account/agency-requests";
    browser.post(path, &asked).await.expect_status(202);
    portal.settle().await;
    to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await.expect_status(200);

    let list = browser.get(path).await.expect_status(200).json;

    let requests = list["requests"].as_array().unwrap();
    assert!(requests.iter().all(|request| request["state"] != "done"), "{list:#}");
    // The same can be asked about the present lease.
    let again = browser.post(path, &asked).await.expect_status(202);
    assert_eq!(again.json, json!({"state": "sent"}));
    let list = browser.get(path).await.expect_status(200).json;
    let requests = list["requests"].as_array().unwrap().iter();
    assert_eq!(requests.filter(|request| request["state"] == "open").count(), 1, "{list:#}");
}

#[tokio::test]
async fn a_household_may_move_back() {
    let portal = Portal::open().await;
    with_new_lease(&portal, "2031-11-30").await;
    let browser = portal.tenant(&MARTIN).await;
    let before = browser.account().await.json;
    to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await.expect_status(200);

    let back = to_lease(&browser, MARTIN.lease, "Martin", MARTIN.password).await;

    assert_eq!(back.expect_status(200).json, before);
    assert_eq!(account_of(&portal, NEW_LEASE).await, Value::Null);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_lease_that_is_unknown_in_another_name_or_ended_is_not_recognised() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    with_new_lease(&portal, "2031-03-02").await;
    let browser = portal.tenant(&MARTIN).await;
    portal.tenant(&NDIAYE).await;
    let before = browser.account().await.json;

    let mut bodies = Vec::new();
    for (lease, last_name) in [
        ("99999999", "Martin"),
        (Household::LEFEVRE.lease, "Martin"),
        (NEW_LEASE, "Durand"),
        // Only somebody who knows the name on the lease is told that it is taken.
        (NDIAYE.lease, "Martin"),
    ] {
        let answer = to_lease(&browser, lease, last_name, MARTIN.password).await;
        bodies.push(answer.expect_problem(422, "lease_not_recognised").body);
    }

    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
    assert_eq!(browser.account().await.json, before);
    with_new_lease(&portal, "2031-03-03").await;
    to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await.expect_status(200);
}

#[tokio::test]
async fn a_lease_that_has_its_household_is_refused() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.tenant(&NDIAYE).await;

    let answer = to_lease(&browser, NDIAYE.lease, NDIAYE.last_name, MARTIN.password).await;

    answer.expect_problem(409, "household_already_registered");
    assert_eq!(browser.account().await.json["lease"], MARTIN.lease);
    assert_eq!(other.account().await.json["lease"], NDIAYE.lease);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn the_password_is_asked_for_again_and_counts_as_a_sign_in() {
    let portal = Portal::open().await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;

    for _ in 0..10 {
        let answer = to_lease(&browser, NEW_LEASE, "Durand", "pas le bon 0").await;
        answer.expect_faults(&[("password", "wrong_password")]);
    }

    let refused = to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await;
    refused.expect_problem(429, "too_many_attempts");
    assert_eq!(account_of(&portal, NEW_LEASE).await, Value::Null);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn names_are_guessed_no_faster_than_when_registering() {
    let devices = [("LIMIT_SIGN_INS_PER_DEVICE", "1000"), ("LIMIT_SIGN_INS_OF_DEVICES", "1000")];
    let portal = Portal::open_with(&devices).await;
    portal.set_clock("2031-03-03T09:00:10Z").await;
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;
    // The browser guesses from one source, with both operations.
    let guess = Household { lease: NEW_LEASE, last_name: "Dupond", ..MARTIN };
    for n in 0..10 {
        let answer = to_lease(&browser, NEW_LEASE, &format!("Nom{n}"), MARTIN.password).await;
        answer.expect_problem(422, "lease_not_recognised");
        browser.register(&guess).await.expect_problem(422, "lease_not_recognised");
    }

    let refused = to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await;

    refused.expect_problem(429, "too_many_attempts");
    browser.register(&guess).await.expect_problem(429, "too_many_attempts");
    assert_eq!(account_of(&portal, NEW_LEASE).await, Value::Null);
    portal.advance("PT1H").await;
    browser.refresh().await.expect_status(200);
    to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await.expect_status(200);
}

#[tokio::test]
async fn missing_unknown_and_non_text_fields_are_refused() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let send = async |body| browser.send(Method::PUT, "/api/account/lease", &body).await;

    let all = [("lease", "required"), ("last_name", "required"), ("password", "required")];
    send(json!({})).await.expect_faults(&all);
    let answer = to_lease(&browser, "12A", &"a".repeat(101), MARTIN.password).await;
    answer.expect_faults(&[("lease", "invalid_lease"), ("last_name", "too_long")]);
    let more = json!({
        "lease": NEW_LEASE, "last_name": "Durand", "password": MARTIN.password, "email": "x",
    });
    send(more).await.expect_faults(&[("email", "unknown_field")]);
    let number = json!({"lease": 34_567_890, "last_name": "Durand", "password": MARTIN.password});
    send(number).await.expect_problem(400, "malformed_body");
    let answer = to_lease(&portal.browser(), NEW_LEASE, "Durand", MARTIN.password).await;
    answer.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn of_two_accounts_that_move_to_one_lease_at_once_one_has_it() {
    let portal = Portal::open().await;
    with_new_lease(&portal, "").await;
    let one = portal.tenant(&MARTIN).await;
    let two = portal.tenant(&NDIAYE).await;

    let (first, second) = tokio::join!(
        to_lease(&one, NEW_LEASE, "Durand", MARTIN.password),
        to_lease(&two, NEW_LEASE, "Durand", NDIAYE.password),
    );

    let first_won = first.status == 200;
    let (won, lost) = if first_won { (first, second) } else { (second, first) };
    assert_eq!(won.expect_status(200).json["lease"], NEW_LEASE);
    lost.expect_problem(409, "household_already_registered");
    let (left, kept) = if first_won { (MARTIN, NDIAYE) } else { (NDIAYE, MARTIN) };
    assert_eq!(account_of(&portal, left.lease).await, Value::Null);
    assert_eq!(account_of(&portal, kept.lease).await["status"], "active");
}

#[tokio::test]
async fn a_move_posted_several_times_at_once_is_done_once_and_answered_each_time() {
    let portal = Portal::open().await;
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;

    let posts = (0..4).map(|_| to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password));
    let answers = futures_util::future::join_all(posts).await;

    for answer in answers {
        assert_eq!(answer.expect_status(200).json["lease"], NEW_LEASE);
    }
    assert_eq!(account_of(&portal, MARTIN.lease).await, Value::Null);
    assert_eq!(account_of(&portal, NEW_LEASE).await["status"], "active");
}

/// Account and lease are read side by side: a move by another tab may come between the two.
#[tokio::test(flavor = "multi_thread")]
#[cfg(not(feature = "deployed"))]
async fn a_move_held_open_while_another_is_done_answers_with_the_new_lease() {
    let portal = Portal::open().await;
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;
    portal.forget_requests().await;
    to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await.expect_status(200);
    let calls = portal.requests_of("change-lease").await;
    let calls = calls.iter().filter(|call| call["service"] == "dynamodb").count();
    assert!(calls > 4, "{calls}");

    for skip in 0..calls {
        let portal = Portal::open().await;
        with_new_lease(&portal, "").await;
        let browser = portal.tenant(&MARTIN).await;
        let held = portal.hold("change-lease", skip);
        let (first, second) =
            tokio::join!(to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password), async {
                held.began().await;
                let second = to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await;
                drop(held);
                second
            });
        assert_eq!(first.expect_status(200).json["lease"], NEW_LEASE, "held at call {skip}");
        // While the transaction of the first is held, it conflicts with that of the second.
        if second.status != 503 {
            assert_eq!(second.expect_status(200).json["lease"], NEW_LEASE, "held at call {skip}");
        }
    }
}

#[tokio::test]
async fn a_registration_that_waits_finds_the_lease_taken_by_the_household_that_moved() {
    let portal = Portal::open().await;
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;
    let late = Household {
        lease: NEW_LEASE,
        last_name: "Durand",
        first_name: "Paule",
        email: "paule@exemple.example",
        password: "dix huppes 10",
    };
    let theirs = portal.browser();
    theirs.register(&late).await.expect_status(202);
    let token = token_in(&portal.mail_to(late.email, 1).await).unwrap();

    to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await.expect_status(200);

    theirs.activate(&token).await.expect_problem(409, "household_already_registered");
    assert_eq!(browser.account().await.json["lease"], NEW_LEASE);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_move_that_meets_conflicts_is_done_and_one_that_cannot_be_written_is_not_half_done() {
    let portal = Portal::open().await;
    with_new_lease(&portal, "").await;
    let browser = portal.tenant(&MARTIN).await;
    let fault = |fail: &str, count: Value| {
        json!({
            "service": "dynamodb", "function": "change-lease", "action": "TransactWriteItems",
            "fail": fail, "count": count,
        })
    };

    portal.set_fault(&fault("down", Value::Null)).await;
    let answer = to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await;
    answer.expect_problem(503, "unavailable");
    assert_eq!(account_of(&portal, NEW_LEASE).await, Value::Null);
    assert_eq!(account_of(&portal, MARTIN.lease).await["status"], "active");
    portal.set_fault(&fault("conflict", json!(3))).await;
    let answer = to_lease(&browser, NEW_LEASE, "Durand", MARTIN.password).await;

    answer.expect_status(200);
    assert_eq!(account_of(&portal, MARTIN.lease).await, Value::Null);
}
